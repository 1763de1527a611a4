"""How each of the two databases is opened, and what is set on every connection to it."""

from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import Engine, NullPool, create_engine, event

POSTGRESQL_LIMITS = "-c lock_timeout=5s -c statement_timeout=15s -c idle_in_transaction_session_timeout=30s"

_ALWAYS: dict[str, Any] = {
    "poolclass": NullPool,  # connections.py keeps what is open
    "hide_parameters": True,  # a log of errors is no place for people's numbers
    "json_serializer": lambda value: to_json(
        value
    ).decode(),  # a third of the time that the json module takes
    "json_deserializer": from_json,
}


def postgresql(url: str) -> Engine:
    """An engine of PostgreSQL, where no statement waits for ever."""
    return create_engine(url, connect_args={"options": POSTGRESQL_LIMITS}, **_ALWAYS)


def sqlite(url: str, *, sync: str, wait_seconds: float) -> Engine:
    """An engine of one SQLite file with a write-ahead log, on which we begin transactions ourselves."""
    engine = create_engine(url, connect_args={"check_same_thread": False}, **_ALWAYS)
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
        dbapi_connection.isolation_level = None
        for pragma in pragmas:
            dbapi_connection.execute("PRAGMA " + pragma)

    return engine
