"""Transactions and the time column, on both engines."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, select, update
from sqlalchemy.exc import IntegrityError, StatementError

from minzhengtong.db.columns import UtcDateTime
from minzhengtong.db.database import Database, NestedTransaction, assert_no_transaction
from minzhengtong.db.upsert import insert_if_new

pytestmark = pytest.mark.engines("sqlite", "postgresql")

notes = Table(
    "test_note",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime),
    Column("count", Integer, unique=True),
)


@pytest.fixture
def noted(db: Database) -> Database:
    notes.create(db.engine)
    return db


def test_a_transaction_commits_whole_or_not_at_all(noted: Database) -> None:
    with noted.write() as conn:
        conn.execute(notes.insert(), {"id": 1})
    with pytest.raises(IntegrityError), noted.write() as conn:
        conn.execute(notes.insert(), [{"id": 2}, {"id": 1}])
    with noted.read() as conn:
        assert conn.execute(select(notes.c.id)).scalars().all() == [1]


def test_what_is_written_while_a_snapshot_is_open_is_not_kept(noted: Database) -> None:
    with noted.snapshot() as conn:
        conn.execute(notes.insert(), {"id": 1})
    with noted.read() as conn:
        assert conn.execute(select(notes.c.id)).first() is None


def test_a_snapshot_sees_one_moment(noted: Database) -> None:
    with noted.snapshot() as conn:
        assert conn.execute(select(notes.c.id)).first() is None
        with ThreadPoolExecutor(1) as other:
            other.submit(_note, noted, 1).result()
        assert conn.execute(select(notes.c.id)).first() is None
    with noted.snapshot() as conn:
        assert conn.execute(select(notes.c.id)).scalars().all() == [1]


def _note(db: Database, number: int) -> None:
    with db.write() as conn:
        conn.execute(notes.insert(), {"id": number})


def test_transactions_do_not_nest(noted: Database) -> None:
    for outer in (noted.write, noted.read):
        for inner in (noted.write, noted.read):
            with outer(), pytest.raises(NestedTransaction), inner():
                pass
    with noted.read(), pytest.raises(NestedTransaction):
        assert_no_transaction()
    assert_no_transaction()


def test_other_threads_may_have_their_own_transaction(noted: Database) -> None:
    with noted.read(), ThreadPoolExecutor(1) as other:
        other.submit(assert_no_transaction).result()


def test_writers_that_read_first_wait_for_each_other(noted: Database) -> None:
    def count_up(_: int) -> None:
        with noted.write() as conn:
            count = conn.execute(select(notes.c.count).with_for_update()).scalar_one()
            conn.execute(update(notes).values(count=count + 1))

    with noted.write() as conn:
        conn.execute(notes.insert(), {"id": 1, "count": 0})
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count_up, range(40)))
    with noted.read() as conn:
        assert conn.execute(select(notes.c.count)).scalar() == 40


def test_times_come_back_exact_and_in_utc(noted: Database) -> None:
    beijing = datetime(2026, 11, 20, 12, 0, 0, 123457, timezone(timedelta(hours=8)))
    before_1970 = datetime(1949, 10, 1, 7, 0, 0, 1, UTC)
    with noted.write() as conn:
        conn.execute(notes.insert(), [{"id": 1, "at": beijing}, {"id": 2, "at": before_1970}])
        conn.execute(notes.insert(), {"id": 3})
        kept = list(conn.execute(select(notes.c.at).order_by(notes.c.id)).scalars())
        earlier = conn.execute(select(notes.c.id).where(notes.c.at < beijing)).scalars().all()
    assert kept == [beijing, before_1970, None]
    assert kept[0].utcoffset() == timedelta(0)
    assert earlier == [2]


def test_a_naive_time_is_refused(noted: Database) -> None:
    with pytest.raises(StatementError, match="naive"), noted.write() as conn:
        conn.execute(notes.insert(), {"id": 1, "at": datetime(2026, 11, 20)})  # noqa: DTZ001 - what is refused


def test_insert_if_new_says_whether_it_inserted(noted: Database) -> None:
    with noted.write() as conn:
        assert insert_if_new(conn, notes, {"id": 1, "count": 1})
        assert not insert_if_new(conn, notes, {"id": 1, "count": 2})
        assert not insert_if_new(conn, notes, {"id": 2, "count": 1})
        assert conn.execute(select(notes.c.id, notes.c.count)).all() == [(1, 1)]
