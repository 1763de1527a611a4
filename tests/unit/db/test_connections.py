"""Connections are kept open, at most so many, and whatever one of them was left in is undone."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError, TimeoutError

from minzhengtong.db import connections
from minzhengtong.db.connections import Connections
from minzhengtong.db.database import Database

pytestmark = pytest.mark.engines("sqlite", "postgresql")


@pytest.fixture
def two(db: Database) -> Iterator[Connections]:
    kept = Connections(db.engine, 2)
    yield kept
    kept.close()


def driver_of(conn: Connection) -> object:
    return conn.connection.driver_connection


def test_the_last_one_used_is_taken_first(two: Connections) -> None:
    with two.taken() as first, two.taken() as second:
        pass
    assert first is not second
    with two.taken() as again, two.taken() as other:
        assert (again, other) == (first, second)


def test_who_finds_none_free_waits_and_is_told(two: Connections, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "WAIT_SECONDS", 0.05)
    with two.taken(), two.taken(), pytest.raises(TimeoutError, match=r"no connection was free for 0\.05 s"):
        two.taken().__enter__()
    with two.taken(), two.taken():
        pass


def test_what_was_not_committed_is_rolled_back(two: Connections, db: Database) -> None:
    drivers = []
    for _ in range(2):  # a second table of the same name would be refused
        with two.taken() as conn:
            conn.begin()
            if db.is_sqlite:
                conn.exec_driver_sql("BEGIN")
            conn.exec_driver_sql("CREATE TABLE left_open (id integer)")
            drivers.append(driver_of(conn))
    assert drivers[0] is drivers[1]


def test_a_lost_connection_is_not_kept(two: Connections) -> None:
    with two.taken() as conn:
        lost = driver_of(conn)
        conn.invalidate()
    with two.taken() as conn:
        assert driver_of(conn) is not lost
        assert conn.execute(text("SELECT 1")).scalar() == 1


def test_one_that_the_server_ended_is_replaced_before_use(two: Connections, db: Database) -> None:
    if db.is_sqlite:  # it has no server that could
        return
    with two.taken() as conn:
        pid = conn.execute(text("SELECT pg_backend_pid()")).scalar()
    with db.read() as conn:
        assert conn.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid}).scalar()
    with two.taken() as conn:
        assert conn.execute(text("SELECT pg_backend_pid()")).scalar() != pid


def test_one_that_cannot_be_opened_takes_no_place() -> None:
    nowhere = Connections(Database("postgresql://127.0.0.1:1/nothing").engine, 1)
    for _ in range(2):
        with pytest.raises(OperationalError):
            nowhere.taken().__enter__()


def test_close_leaves_none_open(two: Connections) -> None:
    with two.taken() as conn:
        pass
    two.close()
    assert conn.closed
    with two.taken() as other:
        assert other is not conn
