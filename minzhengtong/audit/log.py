"""Writes audit entries in the transaction of the action; the worker adds them to the hash chain later."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from minzhengtong.audit.models import audit_entry
from minzhengtong.db.row_insert import RowInsert

Entry = dict[str, Any]
"""A row of the log by its columns, without the id, which the database assigns."""

_INSERT = RowInsert(audit_entry, "id")


def record_entry(
    conn: Connection,
    now: datetime,
    action: str,
    *,
    actor: str,
    person_id: str | None = None,
    app_id: str | None = None,
    **detail: Any,
) -> None:
    """Write one entry without a terminal; for the parameters see `new_entry`. The caller commits."""
    record_entries(conn, [new_entry(now, action, actor=actor, person_id=person_id, app_id=app_id, **detail)])


def new_entry(
    now: datetime,
    action: str,
    *,
    actor: str,
    person_id: str | None = None,
    app_id: str | None = None,
    terminal_id: str | None = None,
    **detail: Any,
) -> Entry:
    """Return an entry to be written; `person_id` is whose data or money it concerns, and who may read it.

    `actor` is `person:<id>`, `app:<id>` or `system`. `detail` holds names of fields, amounts and reasons,
    never values of personal data, never a secret.
    """
    values = {"at": now, "action": action, "actor": actor, "person_id": person_id}
    return values | {"app_id": app_id, "terminal_id": terminal_id, "detail": detail}


def record_entries(conn: Connection, entries: Iterable[Entry]) -> None:
    """Insert entries in their order. The caller commits."""
    if rows := list(entries):
        _INSERT.run(conn, *rows)


def entries_of_person(conn: Connection, person_id: str, *, limit: int = 100) -> list[Row[Any]]:
    """Return the newest entries that concern a person."""
    query = select(audit_entry).where(audit_entry.c.person_id == person_id)
    return list(conn.execute(query.order_by(audit_entry.c.id.desc()).limit(limit)))
