"""Which rows a room lets the worker delete, and when."""

from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Delete, Table, bindparam, delete, select, tuple_


class Sweep(NamedTuple):
    """Rows whose time in `column` is more than `keep` ago, and for which every condition of `only` is true.

    They are rows of `table`, which has a foreign key to the column's table; without it, of that table itself.
    """

    column: Column[Any]
    keep: timedelta
    only: tuple[ColumnElement[bool], ...] = ()
    table: Table | None = None

    @property
    def swept(self) -> Table:
        """The table whose rows are deleted."""
        return self.column.table if self.table is None else self.table

    def statement(self, limit: int) -> Delete:
        """Delete at most so many rows whose time is before the parameter `before`."""
        key = self.swept.primary_key.columns
        expired = select(*key).where(self.column < bindparam("before"), *self.only).limit(limit)
        if self.table is not None:
            expired = expired.join_from(self.table, self.column.table)
        return delete(self.swept).where(tuple_(*key).in_(expired))
