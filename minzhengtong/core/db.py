"""The database: engine, transactions, column types. SQLite and PostgreSQL behave the same through it."""

import select
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import JSON, BigInteger, Connection, Dialect, Engine, MetaData, create_engine, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.types import TypeDecorator

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


_JSON: dict[str, Any] = {  # a third of the time that the json module takes
    "json_serializer": lambda value: to_json(value).decode(),
    "json_deserializer": from_json,
}


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
        self.engine = _sqlite(url, sqlite_sync, wait) if self.is_sqlite else _postgresql(url, pool_size)
        self._turn = _turn(self.engine, wait)
        single = {} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}
        self._glancing = self.engine.execution_options(**single)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One write transaction: commits at the end, rolls back on any exception.

        Raises: NestedTransaction when one is already open in this context; OperationalError, with nothing
        changed, when the database is away or another writer never ends.
        """
        with _alone(), self._turn, self.engine.connect() as conn, conn.begin():
            if self.is_sqlite:
                # A deferred BEGIN that later writes fails with "locked" whatever the busy timeout:
                # 161-327 of 800 transactions in an experiment with 8 processes, none with IMMEDIATE.
                _begin(conn, "BEGIN IMMEDIATE")
            yield conn

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One read-only transaction: takes no write lock on SQLite."""
        with self._reading({}) as conn:
            yield conn

    @contextmanager
    def glance(self) -> Iterator[Connection]:
        """For single queries, each of which sees its own moment; nothing may be written.

        No transaction is begun or ended, which on PostgreSQL are two round trips.
        """
        with _alone(), self._glancing.connect() as conn:
            yield conn

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A read-only transaction that sees one moment however long it reads, while others write on."""
        # SQLite's readers always see one moment; PostgreSQL's default sees a new one with each statement.
        moment = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        with self._reading(moment) as conn:
            yield conn

    @contextmanager
    def _reading(self, options: dict[str, Any]) -> Iterator[Connection]:
        with _alone(), self.engine.connect().execution_options(**options) as conn:
            if not self.is_sqlite:
                yield conn
                return
            _begin(conn, "BEGIN")
            try:
                yield conn
            finally:
                conn.connection.rollback()

    def dispose(self) -> None:
        """Close every pooled connection, so that a forked child inherits none."""
        self.engine.dispose()


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


def _turn(engine: Engine, wait_seconds: float) -> AbstractContextManager[None]:
    path = engine.url.database
    if engine.dialect.name != "sqlite" or not path:
        return nullcontext()
    return WriterQueue(Path(f"{path}-writers"), wait_seconds)


def _sqlite(url: str, sync: str, wait_seconds: float) -> Engine:
    # The last one used is taken first: its page cache is the freshest, and fewer are opened.
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False},
        pool_use_lifo=True,
        pool_reset_on_return=None,
        hide_parameters=True,
        **_JSON,
    )
    pragmas = (
        f"busy_timeout={round(wait_seconds * 1000)}",  # met only behind a program that stands in no line
        "journal_mode=WAL",
        f"synchronous={sync}",
        "foreign_keys=ON",
        "trusted_schema=OFF",
        "wal_autocheckpoint=4000",  # a log of 16 MB: a quarter of the copying and syncing of the usual 4
    )

    @event.listens_for(engine, "connect")
    def _prepare(dbapi_connection: Any, _: object) -> None:
        dbapi_connection.isolation_level = None  # we begin ourselves, above
        for pragma in pragmas:
            dbapi_connection.execute("PRAGMA " + pragma)

    return engine


def _postgresql(url: str, pool_size: int) -> Engine:
    options = "-c lock_timeout=5s -c statement_timeout=15s -c idle_in_transaction_session_timeout=30s"
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        hide_parameters=True,  # a log of errors is no place for people's numbers
        connect_args={"options": options},
        **_JSON,
    )

    @event.listens_for(engine, "checkout")
    def _look(dbapi_connection: Any, *_: object) -> None:
        # A server that went away has closed its end, and the socket shows it at once; a ping would be a
        # round trip for each transaction. One that dies later fails the statement that meets it.
        watch = select.poll()
        watch.register(dbapi_connection.fileno(), select.POLLIN)
        if watch.poll(0):
            raise DisconnectionError("the server ended this connection")

    return engine
