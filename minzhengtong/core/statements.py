"""The statements whose dialects differ, said once."""

from functools import cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_if_new(conn: Connection, table: Table, values: dict[str, Any]) -> bool:
    """Insert a row unless a unique key already holds it; say whether it was inserted.

    RETURNING decides, because psycopg reports a row count of -1 here.
    """
    return conn.execute(_insert_if_new(conn.dialect.name, table), values).first() is not None


@cache
def _insert_if_new(dialect_name: str, table: Table) -> Any:
    # Kept, as building it anew costs more than running it; which columns there are, the values say.
    dialect = sqlite if dialect_name == "sqlite" else postgresql
    key = next(iter(table.primary_key.columns))
    return dialect.insert(table).on_conflict_do_nothing().returning(key)
