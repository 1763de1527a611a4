"""Transactions on one database. SQLite and PostgreSQL behave the same through it."""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from minzhengtong.db.connections import Connections
from minzhengtong.db.engine import postgresql, sqlite
from minzhengtong.db.group_commit import Act, GroupCommit, Result
from minzhengtong.db.later import begin_later, insert_now
from minzhengtong.db.queue import WAIT_SECONDS, WriterQueue

_open_transaction: ContextVar[bool] = ContextVar("open_transaction", default=False)


class NestedTransaction(RuntimeError):
    """A transaction was begun, or a mini-app called, while one is open: our own mistake, never a caller's."""


class Database:
    """One engine of one process. Connections open on first use; `dispose()` before a fork.

    A writer on SQLite waits `sqlite_wait_seconds` for its turn, and as long again for the file's own lock.
    """

    def __init__(
        self,
        url: str,
        *,
        sqlite_sync: str = "NORMAL",
        sqlite_wait_seconds: float = WAIT_SECONDS,
        pool_size: int = 10,
    ) -> None:
        self.is_sqlite = url.startswith("sqlite")
        wait = sqlite_wait_seconds
        self.engine = sqlite(url, sync=sqlite_sync, wait_seconds=wait) if self.is_sqlite else postgresql(url)
        self._queue = _queue(self.engine, wait)
        self._turn: AbstractContextManager[None] = self._queue or nullcontext()
        self._connections = Connections(self.engine, pool_size)
        self._group = GroupCommit(self._writing, wait) if self.is_sqlite else None

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One write transaction: commits at the end, rolls back on any exception.

        Raises: NestedTransaction when one is already open in this context; OperationalError, with nothing
        changed, when the database is away or another writer never ends; TimeoutError when all connections
        are taken.
        """
        with _alone(), self._writing() as conn:
            yield conn

    def write_rerunnable(self, act: Act[Result]) -> Result:
        """What `act` gives, done in a write transaction, once that is committed.

        On SQLite it may share the transaction with acts of other threads, and be done in one of theirs. It
        may be done twice, too: what it changes besides the database must then be as if done once. Raises: as
        `transaction`, and what `act` raises, of which nothing is kept.
        """
        with _alone():
            if self._group:
                return self._group.do(act)
            with self._writing() as conn:
                return act(conn)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """For queries, each of which sees its own moment; nothing may be written.

        No transaction is begun or ended, which on PostgreSQL are two round trips.
        """
        with _alone(), self._connections.taken(autocommit=True) as conn:
            yield conn

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A read-only transaction that sees one moment however long it reads, while others write on."""
        with _alone(), self._connections.taken() as conn:
            conn.begin()  # and never committed
            if self.is_sqlite:
                _begin(conn, "BEGIN")
            else:  # whose default sees a new moment with each statement
                conn.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield conn

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._turn, self._connections.taken() as conn, conn.begin():
            if self.is_sqlite:
                # A deferred BEGIN that later writes fails with "locked" whatever the busy timeout:
                # 161-327 of 800 transactions in an experiment with 8 processes, none with IMMEDIATE.
                _begin(conn, "BEGIN IMMEDIATE")
            begin_later(conn)
            yield conn
            insert_now(conn)

    def dispose(self) -> None:
        """Close every connection and file that nobody uses, so that a forked child inherits none."""
        self._connections.close()
        if self._queue:
            self._queue.close()


def assert_no_transaction() -> None:
    """Refuse to go on while a transaction is open: an app call inside one would wait out the busy timeout.

    Raises: NestedTransaction.
    """
    if _open_transaction.get():
        raise NestedTransaction("a transaction is open here")


@contextmanager
def _alone() -> Iterator[None]:
    assert_no_transaction()
    token = _open_transaction.set(True)
    try:
        yield
    finally:
        _open_transaction.reset(token)


def _begin(conn: Connection, how: str) -> None:
    """Begin on the driver itself: through SQLAlchemy it costs as much as two statements."""
    try:
        conn.connection.cursor().execute(how)
    except sqlite3.Error as error:
        raise OperationalError(how, None, error) from error


def _queue(engine: Engine, wait_seconds: float) -> WriterQueue | None:
    path = engine.url.database
    if engine.dialect.name != "sqlite" or not path:
        return None
    return WriterQueue(Path(f"{path}-writers"), wait_seconds)
