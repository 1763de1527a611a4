"""The database: transactions and column types. SQLite and PostgreSQL behave the same through it."""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import JSON, BigInteger, Connection, Dialect, Engine, MetaData
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import OperationalError
from sqlalchemy.types import TypeDecorator

from minzhengtong.core.connections import Connections
from minzhengtong.core.engine import postgresql, sqlite
from minzhengtong.core.group_commit import Act, GroupCommit, Result
from minzhengtong.core.later import begin_later, insert_now
from minzhengtong.core.queue import WAIT_SECONDS, WriterQueue

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

JsonColumn = JSON().with_variant(JSONB(), "postgresql")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_open_transaction: ContextVar[bool] = ContextVar("open_transaction", default=False)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time, kept as integer microseconds since 1970: compares the same on both engines."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime has no place in the database")
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + timedelta(microseconds=value)


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
    def transaction(self) -> Iterator[Connection]:
        """One write transaction: commits at the end, rolls back on any exception.

        Raises: NestedTransaction when one is already open in this context; OperationalError, with nothing
        changed, when the database is away or another writer never ends; TimeoutError when all connections
        are taken.
        """
        with _alone(), self._writing() as conn:
            yield conn

    def committed(self, act: Act[Result]) -> Result:
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
    def reading(self) -> Iterator[Connection]:
        """One read-only transaction: takes no write lock on SQLite."""
        with _alone(), self._connections.taken() as conn:
            conn.begin()  # and never committed
            if self.is_sqlite:
                _begin(conn, "BEGIN")
            yield conn

    @contextmanager
    def glance(self) -> Iterator[Connection]:
        """For single queries, each of which sees its own moment; nothing may be written.

        No transaction is begun or ended, which on PostgreSQL are two round trips.
        """
        with _alone(), self._connections.taken(autocommit=True) as conn:
            yield conn

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A read-only transaction that sees one moment however long it reads, while others write on."""
        with self.reading() as conn:
            if not self.is_sqlite:  # whose default sees a new moment with each statement
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
