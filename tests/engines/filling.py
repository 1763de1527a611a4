"""Fills every table that grows with rows of its own, which no page of a persona shows."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    Integer,
    LargeBinary,
    Table,
    insert,
    select,
)

from minzhengtong.db.columns import JsonColumn, UtcDateTime
from minzhengtong.run.migrations.tables import metadata

BOUNDED = {
    "miniapp": "the apps that somebody registered",
    "terminal": "those in the manifests of the apps",
    "oauth_client": "one of each app",
    "person": "the demo's people: no page makes another",
    "person_role": "the roles of those",
    "signing_key": "two or three of each region: a rotation is a command",
}
"""The tables that may be read whole, with what bounds each. Every other table grows with use."""

GROWING = tuple(table for table in metadata.sorted_tables if table.name not in BOUNDED)

Row = dict[str, Any]

_CHANGES: dict[str, Callable[[int], Row]] = {
    "transfer": lambda n: {"payment_id": None, "credit_account_id": f"account-{n + 1:06}", "amount_fen": 1},
    "outbox_event": lambda _: {"due_at": None},  # delivered
}


def fill(conn: Connection, now: datetime, rows: int) -> None:
    """Insert `rows` rows into each table that grows, and as many people. The caller commits."""
    made: dict[str, list[Row]] = {}
    for table in (metadata.tables["person"], *GROWING):
        count = rows + (table.name == "account")  # each transfer needs two
        values = [_row(conn, table, made, now, number) for number in range(count)]
        conn.execute(insert(table), values)
        made[table.name] = values
        if (key := table.autoincrement_column) is not None and key.name not in values[0]:
            made[table.name] = [{key.name: one} for one in conn.execute(select(key)).scalars()]


def _row(conn: Connection, table: Table, made: dict[str, list[Row]], now: datetime, number: int) -> Row:
    counted = table.autoincrement_column
    row: Row = {}
    for column in table.columns:
        if column is counted and not column.foreign_keys and table.name != "audit_seal":
            continue  # the database counts
        row[column.name] = _value(conn, column, made, now, number)
    change = _CHANGES.get(table.name)
    return row | change(number) if change else row


def _value(
    conn: Connection, column: Column[Any], made: dict[str, list[Row]], now: datetime, number: int
) -> Any:
    for key in column.foreign_keys:
        parents = made.get(key.column.table.name)
        return parents[number][key.column.name] if parents else conn.scalar(select(key.column).limit(1))
    by_type: tuple[tuple[type, Any], ...] = (
        (UtcDateTime, now + timedelta(hours=1, seconds=number)),
        (Date, date(2000, 1, 1)),
        (Boolean, True),
        (Integer, number + 1),
        (LargeBinary, number.to_bytes(8)),
        (type(JsonColumn), []),
    )
    for kind, value in by_type:
        if isinstance(column.type, kind):
            return value
    return f"{column.table.name}-{number:06}"
