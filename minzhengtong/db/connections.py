"""The open connections of one process, kept from one transaction to the next."""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import TimeoutError

WAIT_SECONDS = 10.0


class Connections:
    """At most `limit` of an engine at once, each opened on first use.

    SQLAlchemy's own pool makes a new Connection at each checkout and resets it at each return. Keeping the
    Connection itself is an eighth of a scan's CPU on SQLite, a twelfth on PostgreSQL.
    """

    def __init__(self, engine: Engine, limit: int) -> None:
        self._engine = engine
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._free: list[Connection] = []
        self._places: SimpleQueue[None] = SimpleQueue()
        for _ in range(limit):
            self._places.put(None)

    @contextmanager
    def taken(self, *, autocommit: bool = False) -> Iterator[Connection]:
        """One connection, rolled back afterwards if a transaction is still open.

        With `autocommit` PostgreSQL begins none; on SQLite none ever begins by itself.
        Raises: TimeoutError when all are taken for `WAIT_SECONDS`; OperationalError when none can be opened.
        """
        conn = self._take()
        try:
            if not self._is_sqlite:
                conn.connection.driver_connection.autocommit = autocommit  # type: ignore[union-attr]
            yield conn
        finally:
            self._give_back(conn)

    def close(self) -> None:
        """Close every connection that nobody has taken."""
        while self._free:
            self._free.pop().close()

    def _take(self) -> Connection:
        try:
            self._places.get(timeout=WAIT_SECONDS)
        except Empty as error:
            raise TimeoutError(f"no connection was free for {WAIT_SECONDS:g} s") from error
        try:
            return self._kept() or self._engine.connect()
        except BaseException:
            self._places.put(None)
            raise

    def _kept(self) -> Connection | None:
        try:
            conn = self._free.pop()  # the last one used: its page cache is the freshest, and fewer are opened
        except IndexError:
            return None
        return conn if self._is_sqlite or _is_alive(conn) else None

    def _give_back(self, conn: Connection) -> None:
        try:
            if conn.in_transaction():
                conn.rollback()
            if conn.invalidated:
                conn.close()
                return
            driver: Any = conn.connection.driver_connection
            if self._is_sqlite and driver.in_transaction:
                driver.rollback()  # a COMMIT failed, which SQLAlchemy takes for the end
            self._free.append(conn)
        finally:
            self._places.put(None)


def _is_alive(conn: Connection) -> bool:
    """Whether the server still holds its end: if it left, the socket shows it at once.

    A ping would be a round trip for each transaction. One that dies later fails the statement that meets it.
    """
    driver: Any = conn.connection.driver_connection
    watch = select.poll()
    watch.register(driver.fileno(), select.POLLIN)
    if not watch.poll(0):
        return True
    conn.invalidate()
    conn.close()
    return False
