"""The statements whose dialects differ, said once."""

from functools import cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import ColumnDefault

from minzhengtong.db.prepared import Prepared


def insert_if_new(conn: Connection, table: Table, values: dict[str, Any]) -> bool:
    """Insert a row unless a unique key already holds it; say whether it was inserted.

    RETURNING decides, because psycopg reports a row count of -1 here.
    """
    row = {**_defaults(table), **values}
    return _insert_if_new(conn.dialect.name, table, tuple(row)).first(conn, row) is not None


@cache
def _defaults(table: Table) -> dict[str, Any]:
    fixed = ((column.name, column.default) for column in table.columns)
    return {name: default.arg for name, default in fixed if isinstance(default, ColumnDefault)}


@cache
def _insert_if_new(dialect_name: str, table: Table, columns: tuple[str, ...]) -> Prepared:
    dialect = sqlite if dialect_name == "sqlite" else postgresql
    key = next(iter(table.primary_key.columns))
    return Prepared(dialect.insert(table).on_conflict_do_nothing().returning(key), columns)
