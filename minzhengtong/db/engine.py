"""How each of the two databases is opened, and what is set on every connection to it."""

from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import Engine, create_engine, event

POSTGRESQL_LIMITS = "-c lock_timeout=4s -c idle_in_transaction_session_timeout=30s"
POOL_TIMEOUT_SECONDS = 10.0


def postgresql(url: str, *, pool_size: int, statement_seconds: float) -> Engine:
    """An engine of PostgreSQL, where no statement waits for ever.

    After a restart of the server the first statement fails, and SQLAlchemy then replaces the whole pool. A
    ping before each use would avoid that one failure for a round trip each time; a scan has ten.
    """
    limits = f"{POSTGRESQL_LIMITS} -c statement_timeout={round(statement_seconds * 1000)}"
    return _engine(url, pool_size, connect_args={"options": limits})


def sqlite(url: str, *, pool_size: int, sync: str, wait_seconds: float) -> Engine:
    """An engine of one SQLite file with a write-ahead log; a transaction begins by an explicit BEGIN only."""
    engine = _engine(url, pool_size, paramstyle="named")  # as RowInsert names its values
    pragmas = (
        f"busy_timeout={round(wait_seconds * 1000)}",  # for writers that do not take our write lock
        "journal_mode=WAL",
        f"synchronous={sync}",
        "foreign_keys=ON",
        "trusted_schema=OFF",
        "wal_autocheckpoint=4000",  # a log of 16 MB: a quarter of the copying and syncing of the usual 4
        "journal_size_limit=67108864",  # a log that grew during a backup is cut to 64 MB after it
    )

    @event.listens_for(engine, "connect")
    def _set_up(dbapi_connection: Any, _: object) -> None:
        dbapi_connection.isolation_level = None
        for pragma in pragmas:
            dbapi_connection.execute("PRAGMA " + pragma)

    return engine


def _engine(url: str, pool_size: int, **options: Any) -> Engine:
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        pool_use_lifo=True,  # the connection used last has the warmest page cache
        hide_parameters=True,  # personal data must not reach a log of errors
        json_serializer=lambda value: to_json(value).decode(),  # three times as fast as the json module
        json_deserializer=from_json,
        **options,
    )
