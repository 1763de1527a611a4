"""Acts that threads add while another one writes: one commit for all, each alone when one raises."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Table, event, select
from sqlalchemy.exc import IntegrityError, OperationalError

from minzhengtong.db.database import Database, NestedTransaction

GIVE_UP_SECONDS = 20
notes = Table("test_note", MetaData(), Column("id", Integer, primary_key=True))
number = ContextVar("number", default=0)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    db = Database(f"sqlite:///{tmp_path}/group.db")
    notes.create(db.engine)
    yield db
    db.dispose()


@pytest.fixture
def hasty(db: Database) -> Iterator[Database]:
    """The same database with a short timeout."""
    hasty = Database(db.engine.url.render_as_string(hide_password=False), sqlite_wait_seconds=0.1)
    yield hasty
    hasty.dispose()


@pytest.fixture
def commits(db: Database) -> list[int]:
    """Grows by one with each commit."""
    seen: list[int] = []
    event.listen(db.engine, "commit", lambda _: seen.append(1))
    return seen


def note(conn: Connection) -> int:
    """Write the number of this context; return it."""
    conn.execute(notes.insert(), {"id": number.get()})
    return number.get()


def noted(db: Database) -> list[int]:
    with db.read() as conn:
        return list(conn.execute(select(notes.c.id).order_by(notes.c.id)).scalars())


@contextmanager
def all_at_once(db: Database) -> Iterator[Callable[..., Future[int]]]:
    """Acts that are added inside the `with` wait, until its end, for a leader that is still running."""
    inside, leave, added = Event(), Event(), list[Future[int]]()

    def hold(_: Connection) -> None:
        inside.set()
        assert leave.wait(GIVE_UP_SECONDS)

    def in_context(act: Callable[[Connection], int], value: int) -> int:
        number.set(value)
        return db.write_rerunnable(act)

    def add(act: Callable[[Connection], int], value: int) -> Future[int]:
        added.append(pool.submit(in_context, act, value))
        return added[-1]

    with ThreadPoolExecutor(9) as pool:
        holder = pool.submit(db.write_rerunnable, hold)
        assert inside.wait(GIVE_UP_SECONDS)
        yield add
        _until_waiting(db, len(added))
        leave.set()
        holder.result(GIVE_UP_SECONDS)


def _until_waiting(db: Database, count: int) -> None:
    deadline, group = time.monotonic() + GIVE_UP_SECONDS, db._group
    while group and len(group._queue) < count:
        assert time.monotonic() < deadline, "they were never queued"
        time.sleep(0.001)


def test_acts_that_wait_together_are_one_commit(db: Database, commits: list[int]) -> None:
    with all_at_once(db) as add:
        added = [add(note, value) for value in range(1, 7)]
    assert [one.result() for one in added] == [1, 2, 3, 4, 5, 6]
    assert noted(db) == [1, 2, 3, 4, 5, 6]
    assert len(commits) == 2  # of the first leader, and of the batch


def test_an_act_that_raises_fails_no_other(db: Database) -> None:
    def fail(conn: Connection) -> int:
        note(conn)
        raise LookupError("after it wrote")

    with all_at_once(db) as add:
        good, bad, twice, last = add(note, 1), add(fail, 2), add(note, 1), add(note, 3)
    with pytest.raises(LookupError, match="after it wrote"):
        bad.result()
    assert last.result() == 3
    assert {type(one.exception()) for one in (good, twice)} == {type(None), IntegrityError}
    assert noted(db) == [1, 3]


def test_an_act_that_raises_alone_keeps_nothing(db: Database) -> None:
    def fail(conn: Connection) -> None:
        note(conn)
        raise LookupError("after it wrote")

    with pytest.raises(LookupError, match="after it wrote"):
        db.write_rerunnable(fail)
    assert noted(db) == []
    assert db.write_rerunnable(note) == 0


def test_waiters_time_out_when_the_leader_never_gets_the_lock(hasty: Database) -> None:
    with hasty.write(), ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(hasty.write_rerunnable, note) for _ in range(4)]
        for one in waiting:
            assert isinstance(one.exception(GIVE_UP_SECONDS), OperationalError)
    assert hasty.write_rerunnable(note) == 0


def test_waiters_time_out_behind_an_act_that_never_ends(hasty: Database) -> None:
    inside, leave = Event(), Event()

    def stay(_: Connection) -> None:
        inside.set()
        assert leave.wait(GIVE_UP_SECONDS)

    with ThreadPoolExecutor(4) as pool:
        stuck = pool.submit(hasty.write_rerunnable, stay)
        assert inside.wait(GIVE_UP_SECONDS)
        waiting = [pool.submit(hasty.write_rerunnable, note) for _ in range(3)]
        for one in waiting:
            assert isinstance(one.exception(GIVE_UP_SECONDS), OperationalError)
        leave.set()
        stuck.result(GIVE_UP_SECONDS)
    assert noted(hasty) == []
    assert hasty.write_rerunnable(note) == 0


def test_a_commit_that_fails_keeps_nothing_and_blocks_no_other_act(db: Database) -> None:
    def refer_to_a_missing_row(conn: Connection) -> int:
        conn.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        conn.exec_driver_sql("INSERT INTO test_reference VALUES (77)")
        return note(conn)

    with db.write() as conn:
        conn.exec_driver_sql("CREATE TABLE test_reference (note INTEGER REFERENCES test_note (id))")
    with all_at_once(db) as add:
        good, bad = add(note, 1), add(refer_to_a_missing_row, 2)
    assert good.result() == 1
    assert isinstance(bad.exception(), IntegrityError)
    with db.read() as conn:  # the same connection: it sees nothing of the failed one
        assert list(conn.execute(select(notes.c.id)).scalars()) == [1]
    assert db.write_rerunnable(note) == 0


def test_transactions_do_not_nest_inside_an_act(db: Database) -> None:
    def nest(_: Connection) -> Any:
        with db.read():
            pass

    with all_at_once(db) as add:
        added = [add(nest, value) for value in range(2)]
    for one in added:
        assert isinstance(one.exception(), NestedTransaction)
    with db.read(), pytest.raises(NestedTransaction):
        db.write_rerunnable(note)
