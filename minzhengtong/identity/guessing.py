"""Limits on failed logins: one row for each limit that counts them, seen by all processes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, case, func, or_, select

from minzhengtong.base.errors import TooMany
from minzhengtong.db.upsert import dialect_insert
from minzhengtong.identity.models import login_failure

_FIVE_MINUTES, _DAY = timedelta(minutes=5), timedelta(days=1)
PER_ACCOUNT = ((5, _FIVE_MINUTES), (100, _DAY))
"""How many failures one account allows, within which time of the first. All unknown devices count together,
each known one by itself."""
PER_ADDRESS = ((100, _FIVE_MINUTES), (1_000, _DAY))
"""The same for all accounts that are tried from one network address, known devices apart."""
SHOWN_FOR = timedelta(days=30)
"""How long a citizen sees the count of the last day on which others tried to log in."""

_ROW = login_failure.c


class Counter(NamedTuple):
    """One limit, and what its failures are counted for."""

    subject: str
    most: int
    span: timedelta
    person_id: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try to log in: to which account, from which device if the account knows it, and from where."""

    account: str
    person_id: str | None
    device: str | None
    address: str

    def counters(self) -> Iterator[Counter]:
        """The limits that it may reach; a known device is not kept out by what others at its address do."""
        account = f"account {self.account} {self.device or ''}".strip()
        yield from (Counter(account, *limit, self.person_id) for limit in PER_ACCOUNT)
        if self.device is None:
            yield from (Counter(f"address {self.address}", *limit) for limit in PER_ADDRESS)


def refuse_guessing(conn: Connection, now: datetime, attempt: Attempt) -> None:
    """Refuse an attempt beyond a limit. Raises: TooMany, with the seconds to wait."""
    counters = list(attempt.counters())
    asked = select(_ROW.subject, _ROW.span_seconds, _ROW.since, _ROW.failures)
    rows = conn.execute(asked.where(_ROW.subject.in_({counter.subject for counter in counters}))).all()
    counted = {(row.subject, row.span_seconds): row for row in rows}
    for counter in counters:
        row = counted.get((counter.subject, counter.span.total_seconds()))
        if row and row.failures >= counter.most and row.since + counter.span > now:
            seconds = -((now - row.since - counter.span) // timedelta(seconds=1))
            raise TooMany(seconds, "a few attempts to log in", "many that failed")


def note_failure(conn: Connection, now: datetime, attempt: Attempt) -> None:
    """Count a failed attempt, before its sender learns that it failed. The caller commits.

    Raises: TooMany when attempts that were made at the same time have reached a limit.
    """
    for counter in attempt.counters():
        if not _is_counted(conn, now, counter):
            refuse_guessing(conn, now, attempt)


def failures_of(conn: Connection, person_id: str) -> tuple[datetime, int] | None:
    """How many attempts to log in to this account failed, on the last such day, and when it began."""
    of_a_day = _ROW.span_seconds == _DAY.total_seconds()
    asked = select(func.min(_ROW.since), func.sum(_ROW.failures)).where(_ROW.person_id == person_id, of_a_day)
    since, failures = conn.execute(asked).one()
    return (since, int(failures)) if failures else None


def _is_counted(conn: Connection, now: datetime, counter: Counter) -> bool:
    """Add one, by one statement, to the count or as the first of a new time; False beyond the limit."""
    kept = SHOWN_FOR if counter.person_id and counter.span == _DAY else counter.span
    first = dialect_insert(conn, login_failure).values(
        subject=counter.subject,
        span_seconds=int(counter.span.total_seconds()),
        person_id=counter.person_id,
        since=now,
        failures=1,
        expires_at=now + kept,
    )
    is_over, new = _ROW.since <= now - counter.span, first.excluded
    counting = first.on_conflict_do_update(
        index_elements=list(login_failure.primary_key),
        set_={
            "failures": case((is_over, 1), else_=_ROW.failures + 1),
            "since": case((is_over, new.since), else_=_ROW.since),
            "expires_at": case((is_over, new.expires_at), else_=_ROW.expires_at),
        },
        where=or_(is_over, _ROW.failures < counter.most),
    )
    return conn.execute(counting.returning(_ROW.failures)).first() is not None
