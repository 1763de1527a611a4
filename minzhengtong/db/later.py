"""Rows that are inserted at the end of their transaction, all together: nobody reads them within it."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import count
from typing import Any

from sqlalchemy import BindParameter, Connection, Insert, Table, bindparam, insert

from minzhengtong.db.prepared import Prepared, place_name

PutOff = dict[tuple[Table, tuple[str, ...]], list[tuple[Any, ...]]]
Part = tuple[Table, tuple[str, ...], int]
"""Rows of a table that name the same columns in the same order, and how many there are."""

_LATER = "later"
_MOST_STATEMENTS = 512


def insert_later(conn: Connection, table: Table, row: Mapping[str, Any]) -> None:
    """Insert a row before the commit: until then no statement sees it, and none fails over it.

    `Database` sends what was put off, table by table in this order, when the transaction ends. The row names
    every column that the database does not fill. Raises: KeyError outside of a `Database.write`.
    """
    put_off: PutOff = conn.connection.info[_LATER]
    put_off.setdefault((table, tuple(row)), []).append(tuple(row.values()))


def insert_now(conn: Connection) -> None:
    """Send what was put off. Raises: IntegrityError.

    On PostgreSQL as one statement: each round trip costs a scan a twelfth of its rate. On SQLite as one for
    each table, also for several scans of one commit.
    """
    put_off: PutOff = conn.connection.info.pop(_LATER)
    parts = [(*columns, len(rows)) for columns, rows in put_off.items()]
    values = [[fact for row in rows for fact in row] for rows in put_off.values()]
    if conn.dialect.name == "sqlite":
        for part, facts in zip(parts, values, strict=True):
            _inserts(part).run(conn, facts)
    elif parts:
        _inserts(*parts).run(conn, [fact for facts in values for fact in facts])


def begin_later(conn: Connection) -> None:
    """Let rows be put off from now on; none of a transaction that failed is left."""
    conn.connection.info[_LATER] = {}


@lru_cache(_MOST_STATEMENTS)
def _inserts(*parts: Part) -> Prepared:
    places = count()
    *first, last = (_insert(*part, places) for part in parts)
    before = [one.cte(f"part_{number}") for number, one in enumerate(first)]
    return Prepared(last.add_cte(*before) if before else last)


def _insert(table: Table, names: tuple[str, ...], rows: int, places: Iterator[int]) -> Insert:
    def bind(name: str) -> BindParameter[Any]:
        return bindparam(place_name(next(places)), type_=table.c[name].type)

    return insert(table).inline().values([{name: bind(name) for name in names} for _ in range(rows)])
