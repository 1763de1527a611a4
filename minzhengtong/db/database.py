"""Transactions on one database. SQLite and PostgreSQL behave the same through it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from pathlib import Path

from sqlalchemy import Connection

from minzhengtong.db.engine import postgresql, sqlite
from minzhengtong.db.group_commit import Act, GroupCommit, Result
from minzhengtong.db.read_limit import READ_SECONDS, limited, shorten_late_queries
from minzhengtong.db.write_lock import WriteLock

WAIT_SECONDS = 10.0

_open_transaction: ContextVar[bool] = ContextVar("open_transaction", default=False)


class NestedTransaction(RuntimeError):
    """A transaction was begun, or a mini-app called, while one is open: a bug of ours, not of a caller."""


class Database:
    """The connection pool of one process. Connections open on first use; call `dispose()` before a fork.

    A writer on SQLite waits `sqlite_wait_seconds` for our write lock, then as long for the file's own lock.
    A read lasts at most `read_seconds`, and so does each statement on PostgreSQL.
    """

    def __init__(
        self,
        url: str,
        *,
        sqlite_sync: str = "NORMAL",
        sqlite_wait_seconds: float = WAIT_SECONDS,
        read_seconds: float = READ_SECONDS,
        pool_size: int = 10,
    ) -> None:
        self.is_sqlite = url.startswith("sqlite")
        self._read_seconds = read_seconds
        self._write_lock: Callable[[], AbstractContextManager[None]] = nullcontext
        self._group: GroupCommit | None = None
        if self.is_sqlite:
            wait = sqlite_wait_seconds
            self.engine = sqlite(url, pool_size=pool_size, sync=sqlite_sync, wait_seconds=wait)
            self._reading = self._snapshots = self.engine
            self._write_lock = WriteLock(Path(f"{self.engine.url.database}-lock"), wait).held
            self._group = GroupCommit(self._transaction, wait)
        else:
            self.engine = postgresql(url, pool_size=pool_size, statement_seconds=read_seconds)
            self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")
            self._snapshots = self.engine.execution_options(isolation_level="REPEATABLE READ")
            for engine in (self._reading, self._snapshots):
                shorten_late_queries(engine)

    @contextmanager
    def write(self, *, in_time: bool = True) -> Iterator[Connection]:
        """One write transaction: commits at the end, rolls back on any exception.

        Not `in_time`, its statements may take any time: for a migration and a restore.
        Raises: NestedTransaction when one is already open in this context; OperationalError, with nothing
        changed, when the database is away or the write lock times out; TimeoutError when all connections of
        the pool are in use.
        """
        with _not_nested(), self._transaction() as conn:
            if not in_time:
                self._lift_limits(conn)
            yield conn

    def write_rerunnable(self, act: Act[Result]) -> Result:
        """Run `act` in a write transaction; return what it returns, once that is committed.

        `act` may run twice, and in another thread: it must change nothing but the database. On SQLite it may
        share its transaction with acts of other threads. Raises: as `write`, and what `act` raises; then
        nothing of `act` is kept.
        """
        with _not_nested():
            if self._group:
                return self._group.run(act)
            with self._transaction() as conn:
                return act(conn)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for queries, each of which sees its own moment; nothing may be written.

        No transaction is begun or ended: on PostgreSQL that saves two round trips. Raises: ReadTooSlow.
        """
        with _not_nested(), self._reading.connect() as conn, limited(conn, self._read_seconds):
            yield conn

    @contextmanager
    def snapshot(self, *, in_time: bool = True) -> Iterator[Connection]:
        """A transaction that sees one moment while others write, and that is always rolled back.

        Not `in_time`, it may take any time, for which SQLite's write-ahead log grows: for a backup and for
        the check of the whole log. Raises: ReadTooSlow.
        """
        with _not_nested(), self._snapshots.connect() as conn:
            if self.is_sqlite:
                conn.exec_driver_sql("BEGIN")
            if in_time:
                with limited(conn, self._read_seconds):
                    yield conn
            else:
                self._lift_limits(conn)
                yield conn

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self._write_lock(), self.engine.begin() as conn:
            if self.is_sqlite:
                # A plain BEGIN that writes later fails with "locked" whatever the busy timeout: 161-327 of
                # 800 transactions in an experiment with 8 processes, none with IMMEDIATE.
                conn.exec_driver_sql("BEGIN IMMEDIATE")
            yield conn

    def _lift_limits(self, conn: Connection) -> None:
        if not self.is_sqlite:  # which limits only reads
            conn.exec_driver_sql("SET LOCAL statement_timeout = 0")

    def dispose(self) -> None:
        """Close every connection that is not in use, so that a forked child inherits none."""
        self.engine.dispose()


def assert_no_transaction() -> None:
    """Refuse to go on while a transaction is open: an app call inside one would wait out the busy timeout.

    Raises: NestedTransaction.
    """
    if _open_transaction.get():
        raise NestedTransaction("a transaction is open here")


@contextmanager
def _not_nested() -> Iterator[None]:
    assert_no_transaction()
    token = _open_transaction.set(True)
    try:
        yield
    finally:
        _open_transaction.reset(token)
