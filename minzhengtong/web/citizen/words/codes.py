"""The one code: scanned, refused, frozen, unfrozen."""

from collections.abc import Mapping

from flask_babel import gettext as _

from minzhengtong.web.citizen.words import Words
from minzhengtong.web.kit.words import REASONS

ACTIONS: Mapping[str, Words] = {
    "code.refused": Words(
        "refused",
        "code",
        lambda detail: _("未通过：%(reason)s", reason=REASONS[detail["reason"]]),
        rank=0,
    ),
    "code.scanned": Words("pass", "code", lambda _detail: _("核验了您的一码通"), rank=4),
    "code.frozen": Words("neutral", "lock", lambda _detail: _("一码通已挂失")),
    "code.unfrozen": Words("neutral", "unlock", lambda _detail: _("一码通已解除挂失")),
}
