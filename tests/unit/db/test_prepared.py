"""A prepared statement answers as SQLAlchemy's own execution does, on both engines."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    bindparam,
    event,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError

from minzhengtong.db.columns import JsonColumn, UtcDateTime
from minzhengtong.db.database import Database
from minzhengtong.db.prepared import Prepared, insert_of

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
    "name": "名",
    "raw": b"\x00\xff",
    "facts": {"a": [1, None]},
    "at": NOW,
    "on": True,
    "born": NOW.date(),
}
ADD = insert_of(things, "id")
BY_NAME = Prepared(select(things).where(things.c.name == bindparam("name")))
RENAME = Prepared(
    update(things)
    .where(things.c.name == bindparam("old"), things.c.raw == bindparam("raw"))
    .values(name=bindparam("new"), raw=bindparam("raw"))
    .returning(things.c.name.label("renamed"))
)


@pytest.fixture
def house(db: Database) -> Database:
    things.create(db.engine)
    return db


def test_every_kind_of_value_goes_in_and_comes_out_as_through_core(house) -> None:
    with house.write() as conn:
        ADD.run(conn, ROW)
        through_core = conn.execute(select(things)).one()
        found = BY_NAME.first(conn, {"name": "名"})
        assert tuple(found) == tuple(through_core)
        assert (found.id, found.facts, found.at, found.raw) == (1, {"a": [1, None]}, NOW, b"\x00\xff")
        assert BY_NAME.all(conn, {"name": "名"}) == [found]
        assert BY_NAME.first(conn, {"name": "nobody"}) is None


def test_a_value_may_stand_in_several_places(house) -> None:
    with house.write() as conn:
        ADD.run(conn, ROW)
        assert RENAME.first(conn, {"old": "名", "new": "字", "raw": b"\x00\xff"}).renamed == "字"


def test_a_missing_value_is_our_own_mistake(house) -> None:
    with house.write() as conn, pytest.raises(KeyError, match="raw"):
        RENAME.first(conn, {"old": "名", "new": "字"})


def test_it_takes_part_in_the_transaction(house) -> None:
    def add_twice() -> None:
        with house.write() as conn:
            ADD.run(conn, ROW)
            ADD.run(conn, ROW)

    with pytest.raises(IntegrityError):
        add_twice()
    with house.read() as conn:
        assert BY_NAME.first(conn, {"name": "名"}) is None


def test_listeners_see_it(house) -> None:
    seen: list[str] = []
    with house.write() as conn:
        event.listen(conn, "before_cursor_execute", lambda *facts: seen.append(facts[2]))
        ADD.run(conn, ROW)
    assert len(seen) == 1
    assert seen[0].startswith("INSERT INTO test_thing")


def test_a_lost_connection_leaves_the_pool(house) -> None:
    if house.is_sqlite:  # it has no server to lose
        return

    def lose() -> None:
        with house.write() as conn:
            BY_NAME.first(conn, {"name": "名"})
            victim = conn.connection.dbapi_connection.info.backend_pid
            with house.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": victim})
            BY_NAME.first(conn, {"name": "名"})

    with pytest.raises(DBAPIError) as lost:
        lose()
    assert lost.value.connection_invalidated
    with house.read() as conn:
        assert BY_NAME.first(conn, {"name": "名"}) is None


def test_a_row_that_nobody_took_holds_no_view_of_the_database(house) -> None:
    every = Prepared(select(things.c.name).order_by(things.c.id))
    with house.write() as conn:
        ADD.run(conn, ROW)
        ADD.run(conn, ROW | {"name": "two"})
    with house.read() as conn:
        assert every.first(conn, {}).name == "名"
        with house.engine.connect() as other, other.begin():
            other.execute(update(things).values(name=things.c.name + "!"))
        assert conn.execute(select(things.c.name).order_by(things.c.id)).scalars().all() == ["名!", "two!"]
