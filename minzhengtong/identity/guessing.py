"""Limits on failed logins, counted per phone number in the database and so across all processes."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, delete, select

from minzhengtong.base.digest import digest
from minzhengtong.base.errors import TooMany
from minzhengtong.db.upsert import insert_if_new
from minzhengtong.identity.models import login_failure

_DAY = timedelta(days=1)
LIMITS = ((5, timedelta(minutes=5)), (100, _DAY))
"""How many failures are allowed within which time. Unknown phone numbers count as well."""


def refuse_guessing(conn: Connection, now: datetime, phone: str) -> None:
    """Refuse a login attempt beyond the limits. Raises: TooMany, with the seconds to wait."""
    _refuse(now, _failures(conn, now, digest(phone)))


def note_failure(conn: Connection, now: datetime, phone: str) -> None:
    """Count a failed attempt, before its sender is told that it failed. The caller commits.

    Raises: TooMany when the limits were reached meanwhile, or another attempt was counted at the same time.
    """
    column, phone_digest = login_failure.c, digest(phone)
    conn.execute(delete(login_failure).where(column.phone_digest == phone_digest, column.at <= now - _DAY))
    failures = _failures(conn, now, phone_digest)
    _refuse(now, failures)
    # Two simultaneous attempts read the same failures and get the same number: the primary key admits one.
    number = 1 + max((int(row.id.rpartition(".")[2]) for row in failures), default=0)
    values = {"id": f"{phone_digest}.{number}", "phone_digest": phone_digest, "at": now}
    if not insert_if_new(conn, login_failure, values):
        raise TooMany(1, "one attempt at a time", "several")


def _failures(conn: Connection, now: datetime, phone_digest: str) -> Sequence[Row[str, datetime]]:
    column = login_failure.c
    query = select(column.id, column.at).where(column.phone_digest == phone_digest, column.at > now - _DAY)
    return conn.execute(query.order_by(column.at.desc())).all()


def _refuse(now: datetime, failures: Sequence[Row[str, datetime]]) -> None:
    waits = [failures[count - 1].at + span - now for count, span in LIMITS if len(failures) >= count]
    seconds = max((-(-wait // timedelta(seconds=1)) for wait in waits), default=0)
    if seconds > 0:
        raise TooMany(seconds, "a few attempts with one phone number", "many failures")
