"""Rows that are put off come with the commit, in their order, or not at all; on both engines."""

import pytest
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table, select
from sqlalchemy.exc import IntegrityError

from minzhengtong.db.columns import BigSerial, JsonColumn
from minzhengtong.db.database import Database
from minzhengtong.db.later import insert_later
from tests.engines.statements import COMMIT, inserts, watched

pytestmark = pytest.mark.engines("sqlite", "postgresql")

metadata = MetaData()
parents = Table("test_parent", metadata, Column("id", Integer, primary_key=True), Column("name", String))
children = Table(
    "test_child",
    metadata,
    Column("number", BigSerial, primary_key=True, autoincrement=True),
    Column("facts", JsonColumn),
    Column("parent", Integer, ForeignKey("test_parent.id"), nullable=False),
)


@pytest.fixture
def house(db: Database) -> Database:
    metadata.create_all(db.engine)
    return db


def kept(db: Database, table: Table) -> list[tuple[object, ...]]:
    with db.read() as conn:
        return [tuple(row) for row in conn.execute(select(table).order_by(*table.primary_key))]


def test_they_come_with_the_commit_and_in_their_order(house: Database) -> None:
    with watched(house) as deeds, house.write() as conn:
        insert_later(conn, parents, {"id": 1, "name": "福"})
        for place in range(3):
            insert_later(conn, children, {"parent": 1, "facts": {"place": place}})
        insert_later(conn, parents, {"name": "建", "id": 2})  # the same columns in another order
        assert conn.execute(select(parents)).all() == []
    written = inserts(house, "test_parent", "test_child", "test_parent")
    assert deeds[1:] == [*written, COMMIT]
    assert kept(house, parents) == [(1, "福"), (2, "建")]
    assert kept(house, children) == [(place + 1, {"place": place}, 1) for place in range(3)]


def test_a_transaction_that_fails_keeps_none_and_leaves_none_to_the_next(house: Database) -> None:
    def fail() -> None:
        with house.write() as conn:
            insert_later(conn, parents, {"id": 1, "name": "lost"})
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    with house.write() as conn:
        insert_later(conn, parents, {"id": 2, "name": "kept"})
    assert kept(house, parents) == [(2, "kept")]


def test_one_that_cannot_be_inserted_takes_all_with_it(house: Database) -> None:
    with house.write() as conn:
        insert_later(conn, parents, {"id": 1, "name": "first"})

    def add_again() -> None:
        with house.write() as conn:
            conn.execute(parents.insert(), {"id": 2, "name": "at once"})
            insert_later(conn, children, {"parent": 2, "facts": None})
            insert_later(conn, parents, {"id": 1, "name": "again"})

    with pytest.raises(IntegrityError):
        add_again()
    assert (kept(house, parents), kept(house, children)) == ([(1, "first")], [])


def test_a_row_is_as_it_was_when_it_was_put_off(house: Database) -> None:
    row = {"id": 1, "name": "then"}
    with house.write() as conn:
        insert_later(conn, parents, row)
        row["name"] = "now"
    assert kept(house, parents) == [(1, "then")]


def test_where_nothing_is_written_nothing_is_put_off(house: Database) -> None:
    with house.write():
        pass  # the same connection could be written to a moment before
    for without in (house.snapshot, house.read):
        with without() as conn, pytest.raises(KeyError):
            insert_later(conn, parents, {"id": 1, "name": "lost"})


def test_without_any_nothing_is_sent(house: Database) -> None:
    with watched(house) as deeds, house.write():
        pass
    assert deeds == [COMMIT]
