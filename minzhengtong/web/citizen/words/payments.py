"""Payments."""

from collections.abc import Mapping

from flask_babel import gettext as _
from markupsafe import Markup

from minzhengtong.web.citizen.words import Detail, Words
from minzhengtong.web.kit.filters import app_text


def _paid(detail: Detail) -> str:
    parts = {"subject": app_text(detail["subject"], detail.get("subject_en"))}
    if "reason" not in detail:
        return Markup(_("付款：%(subject)s")) % parts  # noqa: S704  (a sentence of ours)
    parts["reason"] = app_text(detail["reason"], detail.get("reason_en"))
    return Markup(_("付款：%(subject)s（%(reason)s）")) % parts  # noqa: S704


ACTIONS: Mapping[str, Words] = {"payment.made": Words("pass", "money", _paid, rank=1)}
