"""Payments."""

from collections.abc import Mapping

from flask_babel import gettext as _
from markupsafe import Markup

from minzhengtong.web.citizen.words import Detail, Words
from minzhengtong.web.kit.filters import subject


def _paid(detail: Detail) -> str:
    return Markup(_("付款：%(subject)s")) % {"subject": subject(detail["subject"], detail.get("subject_en"))}  # noqa: S704  # a sentence of ours


ACTIONS: Mapping[str, Words] = {"payment.made": Words("pass", "money", _paid, rank=1)}
