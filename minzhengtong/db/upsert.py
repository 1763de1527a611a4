"""Statements that the two dialects write differently."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

_INSERT: Mapping[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def dialect_insert(conn: Connection, table: Table) -> Any:
    """An INSERT that can say what to do when a unique key holds the row already."""
    return _INSERT[conn.dialect.name](table)


def insert_if_new(conn: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless a unique key already holds it; say whether it was inserted. The caller commits.

    RETURNING decides, because psycopg reports a row count of -1 here.
    """
    insert = dialect_insert(conn, table).on_conflict_do_nothing()
    key = next(iter(table.primary_key.columns))
    return conn.execute(insert.returning(key), dict(values)).first() is not None
