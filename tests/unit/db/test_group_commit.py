"""Acts that threads bring while another one writes: one commit for all, each by itself when one fails."""

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
from minzhengtong.db.later import insert_later

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
    """The same, impatient."""
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
    """Acts that are brought within wait together, until its end, for one that holds the turn."""
    inside, leave, brought = Event(), Event(), list[Future[int]]()

    def hold(_: Connection) -> None:
        inside.set()
        assert leave.wait(GIVE_UP_SECONDS)

    def in_context(act: Callable[[Connection], int], value: int) -> int:
        number.set(value)
        return db.write_rerunnable(act)

    def bring(act: Callable[[Connection], int], value: int) -> Future[int]:
        brought.append(pool.submit(in_context, act, value))
        return brought[-1]

    with ThreadPoolExecutor(9) as pool:
        holder = pool.submit(db.write_rerunnable, hold)
        assert inside.wait(GIVE_UP_SECONDS)
        yield bring
        _until_waiting(db, len(brought))
        leave.set()
        holder.result(GIVE_UP_SECONDS)


def _until_waiting(db: Database, count: int) -> None:
    deadline, group = time.monotonic() + GIVE_UP_SECONDS, db._group
    while group and len(group._waiting) < count:
        assert time.monotonic() < deadline, "they never came"
        time.sleep(0.001)


def test_acts_that_wait_together_are_one_commit(db: Database, commits: list[int]) -> None:
    with all_at_once(db) as bring:
        brought = [bring(note, value) for value in range(1, 7)]
    assert [one.result() for one in brought] == [1, 2, 3, 4, 5, 6]
    assert noted(db) == [1, 2, 3, 4, 5, 6]
    assert len(commits) == 2  # of the one that held the turn, and of all the others


def test_one_that_raises_spoils_no_other(db: Database) -> None:
    def fail(conn: Connection) -> int:
        note(conn)
        raise LookupError("after it wrote")

    with all_at_once(db) as bring:
        good, bad, twice, last = bring(note, 1), bring(fail, 2), bring(note, 1), bring(note, 3)
    with pytest.raises(LookupError, match="after it wrote"):
        bad.result()
    assert last.result() == 3
    assert {type(one.exception()) for one in (good, twice)} == {type(None), IntegrityError}
    assert noted(db) == [1, 3]


def test_alone_it_raises_what_it_raised_and_keeps_nothing(db: Database) -> None:
    def fail(conn: Connection) -> None:
        note(conn)
        raise LookupError("after it wrote")

    with pytest.raises(LookupError, match="after it wrote"):
        db.write_rerunnable(fail)
    assert noted(db) == []
    assert db.write_rerunnable(note) == 0


def test_whoever_waits_for_a_turn_that_never_comes_gives_up(hasty: Database) -> None:
    with hasty.write(), ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(hasty.write_rerunnable, note) for _ in range(4)]
        for one in waiting:
            assert isinstance(one.exception(GIVE_UP_SECONDS), OperationalError)
    assert hasty.write_rerunnable(note) == 0


def test_whoever_waits_for_an_act_that_never_ends_gives_up(hasty: Database) -> None:
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


def test_what_the_end_refuses_is_refused_to_one_alone(db: Database) -> None:
    """Two put off the same row; which fails at the end of their group, not in the act of either."""

    def put_off(conn: Connection) -> int:
        insert_later(conn, notes, {"id": number.get()})
        return number.get()

    with all_at_once(db) as bring:
        brought = [bring(put_off, value) for value in (1, 2, 2, 3)]
    refused = [type(one.exception()) for one in brought]
    assert (refused[0], refused[3]) == (type(None), type(None))
    assert set(refused[1:3]) == {type(None), IntegrityError}
    assert noted(db) == [1, 2, 3]


def test_a_commit_that_fails_keeps_nothing_and_holds_up_nobody(db: Database) -> None:
    def refer_to_nobody(conn: Connection) -> int:
        conn.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        conn.exec_driver_sql("INSERT INTO test_reference VALUES (77)")
        return note(conn)

    with db.write() as conn:
        conn.exec_driver_sql("CREATE TABLE test_reference (note INTEGER REFERENCES test_note (id))")
    with all_at_once(db) as bring:
        good, bad = bring(note, 1), bring(refer_to_nobody, 2)
    assert good.result() == 1
    assert isinstance(bad.exception(), IntegrityError)
    with db.read() as conn:  # the same connection: it sees nothing of what failed
        assert list(conn.execute(select(notes.c.id)).scalars()) == [1]
    assert db.write_rerunnable(note) == 0


def test_within_an_act_no_other_begins(db: Database) -> None:
    def nest(_: Connection) -> Any:
        with db.read():
            pass

    with all_at_once(db) as bring:
        brought = [bring(nest, value) for value in range(2)]
    for one in brought:
        assert isinstance(one.exception(), NestedTransaction)
    with db.read(), pytest.raises(NestedTransaction):
        db.write_rerunnable(note)
