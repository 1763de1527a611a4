"""The outbox: events are written in the transaction that causes them, and delivered after its commit.

This module says which events are due and keeps their results; `hosting.deliver` delivers them.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    case,
    literal,
    select,
    update,
)

from minzhengtong.base.ids import new_id
from minzhengtong.base.text import storable
from minzhengtong.db.columns import UtcDateTime
from minzhengtong.events.models import outbox_event

RETRY_SECONDS = (5, 30, 120, 600, 3600)
"""Waits after failed attempts; after the last one the event is given up. `sweeps.py` deletes its row."""

LEASE_SECONDS = 30
"""How long no other process claims a claimed event: longer than the slowest delivery may take."""

MOST_ATTEMPTS = len(RETRY_SECONDS) + 1


def put(conn: Connection, now: datetime, kind: str, client_id: str, payload: dict[str, Any]) -> None:
    """Write an event for one client. The caller commits."""
    values = {"id": new_id("evt", now), "kind": kind, "client_id": client_id, "payload": payload}
    conn.execute(outbox_event.insert(), {**values, "created_at": now, "due_at": now, "attempts": 0})


def is_due(conn: Connection, now: datetime, passing_over: Collection[str] = ()) -> bool:
    """Whether `claim` would find an event. Takes no lock."""
    return conn.execute(_due(now, passing_over)).first() is not None


def claim(conn: Connection, now: datetime, passing_over: Collection[str] = ()) -> Row[Any] | None:
    """Claim the next due event for `LEASE_SECONDS`, if any; none of the clients in `passing_over`.

    The caller commits, then delivers.
    """
    due = _due(now, passing_over).order_by(outbox_event.c.due_at).with_for_update(skip_locked=True)
    lease = now + timedelta(seconds=LEASE_SECONDS)
    taken = update(outbox_event).where(outbox_event.c.id == due.scalar_subquery())
    taken = taken.values(due_at=lease, attempts=outbox_event.c.attempts + 1)
    return conn.execute(taken.returning(outbox_event)).first()


def delivered(conn: Connection, event_id: str, now: datetime) -> None:
    """Record that the event arrived. The caller commits."""
    conn.execute(_of(event_id).values(due_at=None, delivered_at=now, last_error=None))


def failed(conn: Connection, event: Row[Any], now: datetime, error: str) -> None:
    """Record a failed attempt and when to try again, or give the event up. The caller commits."""
    waits = RETRY_SECONDS[event.attempts - 1 :]
    due_at = now + timedelta(seconds=waits[0]) if waits else None
    conn.execute(_of(event.id).values(due_at=due_at, last_error=_kept(error)))


def given_up(conn: Connection, event_id: str, error: str) -> None:
    """Record that the event will never be delivered, and why. The caller commits."""
    conn.execute(_of(event_id).values(due_at=None, last_error=_kept(error)))


def all_failed(conn: Connection, client_id: str, now: datetime, error: str) -> None:
    """Record a failed attempt for every due event of a client that did not answer. The caller commits.

    Each would have failed in the same way, after the same timeout.
    """
    attempts = outbox_event.c.attempts + 1
    again = {
        number: literal(now + timedelta(seconds=wait), UtcDateTime)
        for number, wait in enumerate(RETRY_SECONDS, start=1)
    }
    due = update(outbox_event).where(outbox_event.c.client_id == client_id, outbox_event.c.due_at <= now)
    conn.execute(due.values(attempts=attempts, due_at=case(again, value=attempts), last_error=_kept(error)))


def _due(now: datetime, passing_over: Collection[str]) -> Select[tuple[str]]:
    due = select(outbox_event.c.id).where(outbox_event.c.due_at <= now).limit(1)
    return due.where(outbox_event.c.client_id.not_in(passing_over)) if passing_over else due


def _kept(error: str) -> str:
    return storable(error[:500])


def _of(event_id: str) -> Any:
    return update(outbox_event).where(outbox_event.c.id == event_id)
