"""Certificates that were shown, and questions that were answered with yes or no."""

from collections.abc import Iterable, Mapping

from flask_babel import gettext as _

from minzhengtong.wants.certificate_types import certificate_type
from minzhengtong.web.citizen.words import Words
from minzhengtong.web.kit.filters import local
from minzhengtong.web.kit.i18n import language


def certificate_line(type_id: str, claims: Iterable[str]) -> str:
    """Say which fields of a certificate were shown."""
    kind = certificate_type(type_id)
    labels = [kind.claims[claim][language() == "en"] for claim in claims]
    return _("出示%(certificate)s：%(fields)s", certificate=local(kind), fields=_("、").join(labels))


def predicate_line(type_id: str, answer: bool) -> str:
    """Say which yes/no question was answered, and how."""
    name = local(certificate_type(type_id))
    if answer:
        return _("只回答有没有%(certificate)s：有", certificate=name)
    return _("只回答有没有%(certificate)s：没有", certificate=name)


ACTIONS: Mapping[str, Words] = {
    "certificate.shown": Words(
        "pass", "certificate", lambda detail: certificate_line(detail["type"], detail["claims"]), rank=2
    ),
    "predicate.answered": Words(
        "pass", "predicate", lambda detail: predicate_line(detail["type"], detail["answer"]), rank=3
    ),
}
