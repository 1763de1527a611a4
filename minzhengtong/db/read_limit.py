"""Ends a read that takes too long, with the query that runs then: a client that left keeps nothing busy."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError, OperationalError

READ_SECONDS = 5.0
SHORTEN_AFTER_SECONDS = 0.1
"""PostgreSQL limits each statement by itself. One that begins later than this after its read gets only the
time that is left, which costs a round trip; reads of usual length are over before."""
CHECK_EVERY = 10_000
"""Steps of SQLite's virtual machine between two looks at the clock: less than a millisecond."""

_LIMIT = "read_limit"
_QUERY_CANCELED = "57014"
"""PostgreSQL's SQLSTATE for a statement that its statement_timeout ended."""


class ReadTooSlow(OperationalError):
    """Raised when a read is not finished within its time; nothing was changed."""

    def __init__(self) -> None:
        super().__init__("read", None, TimeoutError("the read was not finished within its time"))


@contextmanager
def limited(conn: Connection, seconds: float) -> Iterator[None]:
    """End every query on `conn` once `seconds` are over. Raises: ReadTooSlow.

    SQLite looks at the clock within a query; PostgreSQL ends a query by its statement_timeout, which
    `shorten_late_queries` sets, so that a read there lasts at most `SHORTEN_AFTER_SECONDS` longer.
    """
    begun_at = time.monotonic()
    ends_at = begun_at + seconds
    driver: Any = conn.connection.driver_connection
    if is_sqlite := isinstance(driver, sqlite3.Connection):
        driver.set_progress_handler(lambda: time.monotonic() > ends_at, CHECK_EVERY)
    else:
        conn.info[_LIMIT] = _Limit(begun_at + SHORTEN_AFTER_SECONDS, ends_at)
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
            limit = conn.info.pop(_LIMIT, None)
            if limit and limit.is_short and driver.autocommit:  # else the rollback resets it
                conn.exec_driver_sql("RESET statement_timeout")


@dataclass
class _Limit:
    """When a query of this read may no longer take the usual time, and when none may begin."""

    usual_until: float
    ends_at: float
    is_short: bool = False


def shorten_late_queries(engine: Engine) -> None:
    """Let a query of `engine` that begins late in its read have the rest of the time only.

    One that begins after the read's time raises ReadTooSlow.
    """

    @event.listens_for(engine, "before_cursor_execute")
    def _shorten(conn: Connection, *_: object) -> None:
        limit: _Limit | None = conn.info.get(_LIMIT)
        now = time.monotonic()
        if limit is None or now < limit.usual_until:
            return
        if now > limit.ends_at:
            raise ReadTooSlow
        left_ms = max(1, round((limit.ends_at - now) * 1000))  # 0 would be no limit
        limit.is_short = True
        del conn.info[_LIMIT]  # as this statement comes here too
        conn.exec_driver_sql(f"SET statement_timeout = {left_ms}")
        conn.info[_LIMIT] = limit


def _is_timeout(error: BaseException | None) -> bool:
    if isinstance(error, sqlite3.Error):
        return error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT
    return getattr(error, "sqlstate", None) == _QUERY_CANCELED
