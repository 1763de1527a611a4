"""Turns rows of the audit log into uses: who, where, which fields, how much, when."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Connection, Row

from minzhengtong.audit.log import entries_of_person
from minzhengtong.identity.guessing import failures_of
from minzhengtong.registry.apps import App, apps_by_ids
from minzhengtong.registry.terminals import Terminal, terminals_by_ids
from minzhengtong.web.citizen.words import Detail, words_of_actions
from minzhengtong.web.kit.filters import local


@dataclass(frozen=True, slots=True)
class Use:
    """One entry of the list; `lines` say what was read or done."""

    at: datetime
    who: str
    where: str
    tone: str
    picture: str
    lines: tuple[str, ...]
    amount_fen: int | None
    payment_id: str | None


def uses_of(conn: Connection, person_id: str, *, limit: int = 100) -> list[Use]:
    """Everything of the last `limit` log rows, newest first; the rows of one scan are one use."""
    return _uses(conn, entries_of_person(conn, person_id, limit=limit))


def refused_logins_of(conn: Connection, person_id: str) -> list[Use]:
    """One entry for all attempts to log in that failed lately: they are counts, not log rows."""
    found = failures_of(conn, person_id)
    if found is None:
        return []
    since, failures = found
    told = ngettext("有人用错误的密码尝试登录 %(num)d 次", "有人用错误的密码尝试登录 %(num)d 次", failures)
    return [Use(since, _("闽政通"), "", "refused", "warning", (told,), None, None)]


def showings_of(conn: Connection, person_id: str, certificate: str) -> list[Use]:
    """The uses that showed certificates of this type or answered about them, newest first."""
    shown = ("certificate.shown", "predicate.answered")
    rows = entries_of_person(conn, person_id, limit=500)
    return _uses(conn, [row for row in rows if row.action in shown and row.detail["type"] == certificate])


def place_name(conn: Connection, terminal_id: str) -> str:
    """The name of a terminal; its id if it is out of use."""
    found = terminals_by_ids(conn, [terminal_id]).get(terminal_id)
    return local(found) if found else terminal_id


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
    """Group the rows of one scan, also those that the terminal adds some seconds later."""
    groups: dict[object, list[Row[Any]]] = {}
    for row in rows:
        groups.setdefault(row.detail.get("scan_id", row.id), []).append(row)
    return groups.values()


def _use(rows: list[Row[Any]], *, who: str, where: str) -> Use:
    words = words_of_actions()
    ranked = sorted(rows, key=lambda row: words[row.action].rank)
    told = [row for row in ranked if row.action != "code.scanned" or len(rows) == 1]
    first = words[told[0].action]
    paid: Detail = next((row.detail for row in told if row.action == "payment.made"), {})
    return Use(
        at=rows[-1].at,
        who=who,
        where=where,
        tone=first.tone,
        picture=first.picture,
        lines=tuple(words[row.action].sentence(row.detail) for row in told),
        amount_fen=paid.get("amount_fen"),
        payment_id=paid.get("payment_id"),
    )
