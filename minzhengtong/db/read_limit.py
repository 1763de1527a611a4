"""Ends a read that takes too long, with the query that runs then: a client that left keeps nothing busy."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError, OperationalError

READ_SECONDS = 5.0
CHECK_EVERY = 10_000
"""Steps of SQLite's virtual machine between two looks at the clock: less than a millisecond."""

_ENDS_AT = "read_ends_at"
_QUERY_CANCELED = "57014"
"""PostgreSQL's SQLSTATE for a statement that its statement_timeout ended."""


class ReadTooSlow(OperationalError):
    """Raised when a read is not finished within its time; nothing was changed."""

    def __init__(self) -> None:
        super().__init__("read", None, TimeoutError("the read was not finished within its time"))


@contextmanager
def limited(conn: Connection, seconds: float) -> Iterator[None]:
    """End every query on `conn` once `seconds` are over. Raises: ReadTooSlow.

    SQLite looks at the clock within a query; PostgreSQL ends a query by its own statement_timeout, and
    `refuse_late_queries` refuses the next one, so that a read there lasts at most twice as long.
    """
    ends_at = time.monotonic() + seconds
    driver: Any = conn.connection.driver_connection
    if is_sqlite := isinstance(driver, sqlite3.Connection):
        driver.set_progress_handler(lambda: time.monotonic() > ends_at, CHECK_EVERY)
    else:
        conn.info[_ENDS_AT] = ends_at
    try:
        yield
    except DBAPIError as error:
        if _is_timeout(error.orig):
            raise ReadTooSlow from error
        raise
    finally:
        if is_sqlite:
            driver.set_progress_handler(None, 0)
        elif not conn.invalidated:  # else the pool replaces it
            del conn.info[_ENDS_AT]


def refuse_late_queries(engine: Engine) -> None:
    """Let every query of `engine` that begins after its read's time raise ReadTooSlow."""

    @event.listens_for(engine, "before_cursor_execute")
    def _check(conn: Connection, *_: object) -> None:
        ends_at = conn.info.get(_ENDS_AT)
        if ends_at is not None and time.monotonic() > ends_at:
            raise ReadTooSlow


def _is_timeout(error: BaseException | None) -> bool:
    if isinstance(error, sqlite3.Error):
        return error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT
    return getattr(error, "sqlstate", None) == _QUERY_CANCELED
