"""Turns rows of the audit log into what a citizen reads: who, where, which fields, how much, when."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import Connection, Row

from minzhengtong.audit.log import entries_of_person
from minzhengtong.oidc.claims import CLAIMS
from minzhengtong.registry.apps import App, apps_by_ids
from minzhengtong.registry.scopes import scope_named
from minzhengtong.registry.terminals import Terminal, terminals_by_ids
from minzhengtong.wants.certificate_types import certificate_type
from minzhengtong.web.kit.filters import as_written, local
from minzhengtong.web.kit.i18n import language
from minzhengtong.web.kit.words import REASONS

Detail = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Use:
    """One thing that happened, as one entry of the list; `lines` say what was read or done."""

    at: datetime
    who: str
    where: str
    tone: str  # pass | refused | neutral
    picture: str
    lines: tuple[str, ...]
    amount_fen: int | None
    payment_id: str | None


def uses_of(conn: Connection, person_id: str, *, limit: int = 100) -> list[Use]:
    """Everything of the last `limit` log rows, newest first; the rows of one scan are one use."""
    return _uses(conn, entries_of_person(conn, person_id, limit=limit))


def showings_of(conn: Connection, person_id: str, certificate: str) -> list[Use]:
    """Who saw the certificates of this type, or was answered about them, newest first."""
    shown = ("certificate.shown", "predicate.answered")
    rows = entries_of_person(conn, person_id, limit=500)
    return _uses(conn, [row for row in rows if row.action in shown and row.detail["type"] == certificate])


def place_name(conn: Connection, terminal_id: str) -> str:
    """The name of a terminal; its id if it is out of use."""
    found = terminals_by_ids(conn, [terminal_id]).get(terminal_id)
    return local(found) if found else terminal_id


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


def _scopes_line(detail: Detail) -> str:
    return _("、").join(local(scope_named(name), "label") for name in detail["scopes"])


def _claims_line(detail: Detail) -> str:
    read = [name for name, claims in CLAIMS.items() if set(claims) & set(detail["claims"])]
    if not read:
        return _("您登录了它，它没有读取个人信息")
    return _("您登录了它，它读取了：%(fields)s", fields=_scopes_line({"scopes": read}))


def _payment_line(detail: Detail) -> str:
    return Markup(_("付款：%(subject)s")) % {"subject": as_written(detail["subject"])}  # noqa: S704  # a sentence of ours


WORDS: dict[str, tuple[str, str, Callable[[Detail], str]]] = {
    "code.refused": ("refused", "code", lambda d: _("未通过：%(reason)s", reason=REASONS[d["reason"]])),
    "payment.made": ("pass", "money", _payment_line),
    "certificate.shown": ("pass", "certificate", lambda d: certificate_line(d["type"], d["claims"])),
    "predicate.answered": ("pass", "predicate", lambda d: predicate_line(d["type"], d["answer"])),
    "code.scanned": ("pass", "code", lambda d: _("核验了您的一码通")),
    "app.logged_in": ("neutral", "eye", _claims_line),
    "consent.granted": ("neutral", "shield", lambda d: _("您同意提供：%(fields)s", fields=_scopes_line(d))),
    "consent.revoked": ("neutral", "shield", lambda d: _("您撤回了同意")),
    "code.frozen": ("neutral", "lock", lambda d: _("一码通已挂失")),
    "code.unfrozen": ("neutral", "unlock", lambda d: _("一码通已解除挂失")),
    "session.started": ("neutral", "me", lambda d: _("登录闽政通")),
    "session.renewed": ("neutral", "me", lambda d: _("再次登录闽政通")),
    "session.ended": ("neutral", "logout", lambda d: _("退出了登录")),
    "login.refused": ("refused", "warning", lambda d: _("有人用错误的密码尝试登录")),
}
"""Tone, icon and sentence of each action, the most telling of one scan first."""
_RANK = {action: rank for rank, action in enumerate(WORDS)}


def _uses(conn: Connection, rows: Sequence[Row[Any]]) -> list[Use]:
    apps = apps_by_ids(conn, (row.app_id for row in rows if row.app_id))
    places = terminals_by_ids(conn, (row.terminal_id for row in rows if row.terminal_id))
    return [
        _use(
            group,
            who=_name_in(apps, group[0].app_id) or _("闽政通"),
            where=_name_in(places, group[0].terminal_id),
        )
        for group in _by_scan(rows)
    ]


def _name_in(known: Mapping[str, App | Terminal], wanted_id: str | None) -> str:
    """The name in the reader's language; the id itself if it is not known; empty without an id."""
    found = known.get(wanted_id or "")
    return local(found) if found else wanted_id or ""


def _by_scan(rows: Iterable[Row[Any]]) -> Iterable[list[Row[Any]]]:
    """A terminal may go on within its scan some seconds later: that is still the same use."""
    groups: dict[object, list[Row[Any]]] = {}
    for row in rows:
        groups.setdefault(row.detail.get("scan_id", row.id), []).append(row)
    return groups.values()


def _use(rows: list[Row[Any]], *, who: str, where: str) -> Use:
    ranked = sorted(rows, key=lambda row: _RANK[row.action])
    told = [row for row in ranked if row.action != "code.scanned" or len(rows) == 1]
    tone, picture, _sentence = WORDS[told[0].action]
    paid: Detail = next((row.detail for row in told if row.action == "payment.made"), {})
    return Use(
        at=rows[-1].at,
        who=who,
        where=where,
        tone=tone,
        picture=picture,
        lines=tuple(WORDS[row.action][2](row.detail) for row in told),
        amount_fen=paid.get("amount_fen"),
        payment_id=paid.get("payment_id"),
    )
