"""A read ends when its time is over, and leaves its connection as it was."""

import time
from collections.abc import Iterator
from itertools import count

import pytest
from sqlalchemy import text

from minzhengtong.db.database import Database
from minzhengtong.db.read_limit import ReadTooSlow

pytestmark = pytest.mark.engines("sqlite", "postgresql")

ENDLESS = text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n")
WORK = text(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT count(*) FROM n"
)
SECONDS = 0.2


@pytest.fixture
def hasty(database_url: str) -> Iterator[Database]:
    """A database of one connection, whose reads end early."""
    database = Database(database_url, read_seconds=SECONDS, pool_size=1)
    yield database
    database.dispose()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", ["read", "snapshot"])
def test_a_query_without_end_is_ended(hasty: Database, kind: str) -> None:
    with pytest.raises(ReadTooSlow), getattr(hasty, kind)() as conn:
        conn.execute(ENDLESS)
    with getattr(hasty, kind)() as conn:
        assert conn.execute(text("SELECT 1")).scalar_one() == 1


@pytest.mark.timeout(60)
def test_many_short_queries_are_ended_too(hasty: Database) -> None:
    with pytest.raises(ReadTooSlow), hasty.snapshot() as conn:
        all(conn.execute(WORK).all() for _ in count())


@pytest.mark.engines("postgresql")
@pytest.mark.parametrize("kind", ["read", "snapshot"])
def test_a_query_that_begins_late_has_only_the_time_left(hasty: Database, kind: str) -> None:
    asked = text("SELECT setting::integer FROM pg_settings WHERE name = 'statement_timeout'")
    with getattr(hasty, kind)() as conn:
        assert conn.execute(asked).scalar_one() == SECONDS * 1000
        conn.execute(text("SELECT pg_sleep(0.11)"))
        assert 0 < conn.execute(asked).scalar_one() < SECONDS * 1000 - 100
    with hasty.read() as conn:
        assert conn.execute(asked).scalar_one() == SECONDS * 1000


def test_a_long_snapshot_and_a_write_outlast_the_time(hasty: Database) -> None:
    with hasty.read() as conn:
        conn.execute(text("SELECT 1"))
    for begun in (hasty.snapshot(in_time=False), hasty.write(in_time=False)):
        ends_at = time.monotonic() + 2 * SECONDS
        with begun as conn:
            while time.monotonic() < ends_at:
                conn.execute(WORK).all()
