"""RowInsert writes what SQLAlchemy's own insert writes, on both engines."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Boolean, Column, Date, Integer, LargeBinary, MetaData, String, Table, insert, select
from sqlalchemy.exc import IntegrityError

from minzhengtong.db.columns import JsonColumn, UtcDateTime
from minzhengtong.db.database import Database
from minzhengtong.db.row_insert import RowInsert

pytestmark = pytest.mark.engines("sqlite", "postgresql")

things = Table(
    "test_thing",
    MetaData(),
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("name", String, unique=True),
    Column("raw", LargeBinary),
    Column("facts", JsonColumn),
    Column("at", UtcDateTime),
    Column("on", Boolean),
    Column("born", Date),
)
NOW = datetime(2026, 11, 20, 4, 0, 0, 123457, UTC)
ROW = {
    "name": "100 % 名",
    "raw": b"\x00\xff",
    "facts": {"a": [1, None]},
    "at": NOW,
    "on": True,
    "born": NOW.date(),
}
EMPTY = dict.fromkeys(ROW)
ADD = RowInsert(things, "id")


@pytest.fixture
def house(db: Database) -> Database:
    things.create(db.engine)
    return db


def test_every_kind_of_value_is_written_as_by_sqlalchemy(house: Database) -> None:
    with house.write() as conn:
        ADD.run(conn, ROW, EMPTY)
        conn.execute(insert(things), [{**ROW, "name": "other"}, EMPTY])
        rows = [tuple(row)[2:] for row in conn.execute(select(things).order_by(things.c.id))]
    assert rows[:2] == rows[2:]
    assert rows[0] == tuple(ROW.values())[1:]


def test_rows_are_inserted_in_their_order(house: Database) -> None:
    with house.write() as conn:
        ADD.run(conn, *({**EMPTY, "name": name} for name in "cab"))
        assert conn.execute(select(things.c.id, things.c.name).order_by(things.c.id)).all() == [
            (1, "c"),
            (2, "a"),
            (3, "b"),
        ]


def test_a_row_that_lacks_a_column_is_refused(house: Database) -> None:
    with house.write() as conn, pytest.raises(KeyError, match="born"):
        ADD.run(conn, {name: value for name, value in ROW.items() if name != "born"})


def test_a_second_row_under_a_unique_key_rolls_back_the_transaction(house: Database) -> None:
    def add_twice() -> None:
        with house.write() as conn:
            ADD.run(conn, ROW)
            ADD.run(conn, ROW)

    with pytest.raises(IntegrityError):
        add_twice()
    with house.read() as conn:
        assert conn.execute(select(things)).first() is None
