"""Writes tables as lines of JSON, equal on both engines, and reads them back.

Tables are reflected, not imported, so that a database of an older revision can be copied.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from hashlib import sha256
from typing import Any, TypeVar

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    func,
    insert,
    select,
    text,
)

Value = TypeVar("Value")

REVISIONS = "alembic_version"
LEDGER = ("account", "payment", "transfer")
BATCH = 1000
BATCH_BYTES = 4 << 20


def tables(conn: Connection) -> list[Table]:
    """Return every table of the database except Alembic's, each after the tables that it refers to."""
    metadata = MetaData()
    metadata.reflect(conn)
    return [table for table in metadata.sorted_tables if table.name != REVISIONS]


def count(conn: Connection, table: Table) -> int:
    return conn.execute(select(func.count()).select_from(table)).scalar_one()


def lines(conn: Connection, table: Table) -> Iterator[bytes]:
    """Yield each row as one line of JSON with sorted names, in bytewise order of the primary key."""
    keys = [_bytewise(conn, column) for column in table.primary_key.columns]
    query = select(table).order_by(*keys).execution_options(yield_per=BATCH)
    for row in conn.execute(query).mappings():
        yield json.dumps(dict(row), **_COMPACT).encode() + b"\n"


def insert_lines(conn: Connection, table: Table, source: Iterable[bytes]) -> Iterator[int]:
    """Insert what `lines` wrote in batches; yield the size of each. Raises: ValueError, KeyError."""
    read = {column.name: _reader(column) for column in table.columns}
    for batch in _batches(source):
        conn.execute(insert(table), [_row(line, read) for line in batch])
        yield len(batch)


def _batches(source: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Lists of at most `BATCH` lines and, but for the last line, `BATCH_BYTES`."""
    batch: list[bytes] = []
    size = 0
    for line in source:
        batch.append(line)
        size += len(line)
        if len(batch) == BATCH or size > BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _row(line: bytes, read: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    values = json.loads(line)
    if not isinstance(values, dict) or values.keys() != read.keys():
        raise ValueError(f"a row has other columns than {', '.join(read)}")
    return {name: None if value is None else read[name](value) for name, value in values.items()}


def continue_counting(conn: Connection, table: Table) -> None:
    """Set the sequence of a serial key to continue after the highest value; SQLite does so by itself."""
    if conn.dialect.name == "sqlite":
        return
    for column in table.primary_key.columns:
        facts = {"table": f'"{table.name}"', "column": column.name}
        sequence = conn.execute(text("SELECT pg_get_serial_sequence(:table, :column)"), facts).scalar()
        if sequence is not None:
            highest = conn.execute(select(func.coalesce(func.max(column), 0))).scalar_one()
            conn.execute(select(func.setval(sequence, highest + 1, False)))


def digest(conn: Connection, table: Table) -> str:
    """Return the SHA-256 of the lines of a table."""
    total = sha256()
    for line in lines(conn, table):
        total.update(line)
    return total.hexdigest()


def ledger_digest(digests: Mapping[str, str]) -> str:
    """Return one digest for the whole ledger, made of the digests of its tables."""
    return sha256("".join(f"{name} {digests[name]}\n" for name in LEDGER).encode()).hexdigest()


def _bytewise(conn: Connection, column: Column[Any]) -> Any:
    is_text = isinstance(column.type, String) and conn.dialect.name != "sqlite"
    return column.collate("C") if is_text else column


def _plain(value: object) -> str:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a column holds {type(value).__name__}, which backups do not know")


def _reader(column: Column[Any]) -> Callable[[Any], Any]:
    """What reads a column's value, not null, from JSON, and raises ValueError on one of another type.

    SQLite would keep a text in a column of numbers.
    """
    if isinstance(column.type, LargeBinary):
        return lambda value: b64decode(_of_type(str, value), validate=True)
    if isinstance(column.type, Date):
        return lambda value: date.fromisoformat(_of_type(str, value))
    if isinstance(column.type, Boolean):
        return lambda value: _of_type(bool, value)
    if isinstance(column.type, Integer):
        return _integer
    if isinstance(column.type, String):
        return lambda value: _of_type(str, value)
    return lambda value: value


def _integer(value: Any) -> int:
    if not -(2**63) <= _of_type(int, value) < 2**63:
        raise ValueError("a number is larger than 64 bits")
    return int(value)


def _of_type(kind: type[Value], value: Any) -> Value:
    if type(value) is not kind:  # True is an int too
        raise ValueError(f"a column of {kind.__name__} has a {type(value).__name__}")
    return value


_COMPACT: dict[str, Any] = {
    "default": _plain,
    "ensure_ascii": False,
    "separators": (",", ":"),
    "sort_keys": True,
}
