"""Transactions, the pool and the time column, on both engines."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, event, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError, TimeoutError

from minzhengtong.db import engine
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


def test_a_transaction_times_out_when_the_pool_is_empty(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "POOL_TIMEOUT_SECONDS", 0.05)
    one = Database(database_url, pool_size=1)
    with one.read(), ThreadPoolExecutor(1) as other, pytest.raises(TimeoutError):
        other.submit(_note, one, 1).result(20)
    with one.read() as conn:
        assert conn.execute(text("SELECT 1")).scalar() == 1
    one.dispose()


END_ALL = text(
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'ended'"
)


def test_one_failure_replaces_every_connection_that_the_server_closed(db: Database) -> None:
    if db.is_sqlite:  # it has no server
        return
    with db.read() as first, ThreadPoolExecutor(1) as other:
        first.execute(text("SET application_name = 'ended'"))
        other.submit(_read, db, "SET application_name = 'ended'").result()
    beside = Database(db.engine.url.render_as_string(hide_password=False))
    with beside.read() as conn:
        assert conn.execute(END_ALL).scalars().all() == [True, True]
    beside.dispose()
    with pytest.raises(OperationalError):
        _read(db, "SELECT 1")
    for _ in range(3):
        with db.write() as conn, ThreadPoolExecutor(1) as other:
            conn.execute(text("SELECT 1"))
            other.submit(_read, db, "SELECT 1").result()


def _read(db: Database, query: str) -> None:
    with db.read() as conn:
        conn.execute(text(query))


def test_dispose_closes_every_connection(db: Database) -> None:
    opened, closed = [], []
    event.listen(db.engine, "connect", lambda *_: opened.append(1))
    event.listen(db.engine, "close", lambda *_: closed.append(1))
    for way in (db.read, db.write, db.snapshot):
        with way() as conn:
            conn.execute(text("SELECT 1"))
    db.dispose()
    assert (len(opened), len(closed)) == (1, 1)
