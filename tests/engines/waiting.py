"""Knows when one transaction waits for another, so that a race is run in the order a test wants."""

import time
from concurrent.futures import Future
from typing import Any

from sqlalchemy import text

from minzhengtong.db.database import Database

GIVE_UP_SECONDS = 20
_WAITERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def until_it_waits(db: Database, other: Future[Any]) -> None:
    """Return once the other transaction waits for the caller's own, or has ended without.

    On SQLite it cannot even begin. Raises: AssertionError when neither happens.
    """
    if db.is_sqlite:
        return
    deadline = time.monotonic() + GIVE_UP_SECONDS
    # In a transaction the server would show the same moment again and again.
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as beside:
        while not (other.done() or beside.execute(_WAITERS).scalar()):
            assert time.monotonic() < deadline, "nobody waits and nobody is done"
            time.sleep(0.005)
