"""The schema's history is walked down and up with rows in it, and ends where the models are."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import cycle

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Delete, Inspector, MetaData, Update, delete, inspect, text, update
from sqlalchemy.exc import DBAPIError

from minzhengtong.base.ids import new_id
from minzhengtong.base.paths import MIGRATIONS
from minzhengtong.db.database import Database
from minzhengtong.idempotency import answers as idempotency
from minzhengtong.idempotency.answers import Answer
from minzhengtong.oidc.models import interaction
from minzhengtong.payments.models import payment, transfer
from minzhengtong.payments.summary import summary
from minzhengtong.run import migrations
from minzhengtong.run.backup import rows
from minzhengtong.run.migrations.tables import metadata
from minzhengtong.runtime import Runtime

pytestmark = pytest.mark.engines("sqlite", "postgresql")

TRANSFERS = 10_000


def revisions() -> Sequence[str]:
    """Every revision, newest first."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]


def test_the_newest_file_is_the_head_of_the_history() -> None:
    assert migrations.newest_revision() == revisions()[0]


def digests(db: Database) -> dict[str, str]:
    with db.snapshot() as conn:
        return {table.name: rows.digest(conn, table) for table in rows.tables(conn)}


def move(db: Database, revision: str, *, down: bool) -> None:
    with db.write() as conn:
        (migrations.downgrade if down else migrations.upgrade)(conn, revision)


def keep_answer(conn: Connection, at: datetime, key: str) -> None:
    idempotency.keep(conn, at, "transit", key, request_digest="d", answer=Answer(201, "{}"))


def waiting_request(at: datetime, number: int) -> dict[str, object]:
    facts = {"client_id": "example.fuzhou.transit", "params": {"state": "s"}, "browser_digest": "b"}
    return {**facts, "id_digest": str(number), "created_at": at, "expires_at": at, "address": ""}


@pytest.fixture
def filled(runtime: Runtime, now: datetime) -> Database:
    """A seeded database with some transfers, answers and waiting requests."""
    return fill(runtime, now, 100)


def fill(runtime: Runtime, now: datetime, transfers: int) -> Database:
    """Insert transfers, to and fro, three answers and three waiting requests."""
    facts = {"app_id": "a", "terminal_id": "t", "payer_id": "per_lin", "amount_fen": 1, "subject": "x"}
    facts |= {"reason": None, "created_at": now}
    there = {"debit_account_id": "wallet:per_lin", "credit_account_id": "wallet:per_chen"}
    back = {"debit_account_id": "wallet:per_chen", "credit_account_id": "wallet:per_lin"}
    ids = [new_id("pay", now) for _ in range(transfers)]
    paid = [{**facts, "id": one, "scan_id": one, "idempotency_key": one} for one in ids]
    moved = [{"id": row["id"], "payment_id": row["id"], "amount_fen": 1, "created_at": now} for row in paid]
    with runtime.db.write() as conn:
        conn.execute(payment.insert(), paid)
        conn.execute(transfer.insert(), [{**way, **row} for row, way in zip(moved, cycle([there, back]))])
        for number in range(3):
            keep_answer(conn, now + timedelta(seconds=number), f"key-{number}")
        conn.execute(interaction.insert(), [waiting_request(now, number) for number in range(3)])
    return runtime.db


def test_the_newest_schema_is_that_of_the_models(db: Database) -> None:
    with db.write() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True, "target_metadata": metadata})
        assert compare_metadata(context, metadata) == []


def test_the_newest_schema_keeps_no_row_numbers_where_the_models_want_none(db: Database) -> None:
    if db.is_sqlite:  # only there does a table have the choice, and Alembic does not compare it
        found = MetaData()
        with db.read() as conn:
            found.reflect(conn)
        assert _without_rowid(found) == _without_rowid(metadata) != set()


def _without_rowid(tables: MetaData) -> set[str]:
    options = {name: table.dialect_options["sqlite"] for name, table in tables.tables.items()}
    return {name for name, option in options.items() if option["with_rowid"] is False}


def shape(db: Database) -> dict[str, list[str]]:
    """Every table by all that the database says of it, in any order."""
    with db.read() as conn:
        asked = inspect(conn)
        return {name: sorted(_facts(asked, name)) for name in asked.get_table_names()}


def _facts(asked: Inspector, table: str) -> Iterator[str]:
    yield str((asked.get_pk_constraint(table), asked.get_table_options(table)))
    for index in asked.get_indexes(table):
        options = {name: str(option) for name, option in index.pop("dialect_options", {}).items()}
        yield str((index, options))
    for ask in (asked.get_columns, asked.get_unique_constraints, asked.get_check_constraints):
        yield from map(str, ask(table))
    yield from map(str, asked.get_foreign_keys(table))


def test_every_step_down_undoes_its_step_up_and_keeps_the_rows(runtime: Runtime, now: datetime) -> None:
    db, path, shapes = fill(runtime, now, TRANSFERS), revisions(), {}
    before = digests(db)
    for revision in path:
        move(db, revision, down=True)
        shapes[revision] = shape(db)
    with db.read() as conn:
        assert summary(conn).transfers >= TRANSFERS
    for revision in reversed(path):
        move(db, revision, down=False)
        assert shape(db) == shapes[revision], revision
    assert digests(db) == before
    move(db, "base", down=True)
    move(db, path[-1], down=False)
    assert shape(db) == shapes[path[-1]]


def test_a_failed_step_changes_nothing(filled: Database) -> None:
    before = digests(filled)
    with pytest.raises(CommandError):
        _go_down_then_nowhere(filled)
    assert digests(filled) == before
    with pytest.raises(DBAPIError, match="append-only"), filled.write() as conn:
        conn.execute(update(transfer).values(amount_fen=2))


def _go_down_then_nowhere(db: Database) -> None:
    with db.write() as conn:
        migrations.downgrade(conn, "base")
        migrations.upgrade(conn, "9999")


def test_the_base_is_empty(filled: Database) -> None:
    move(filled, "base", down=True)
    with filled.read() as conn:
        assert inspect(conn).get_table_names() == [rows.REVISIONS]


@pytest.mark.parametrize("revision", ["0005", "9999"])
def test_a_database_of_an_unknown_revision_is_refused_and_kept(filled: Database, revision: str) -> None:
    before = digests(filled)
    with filled.write() as conn:
        conn.execute(text(f"UPDATE alembic_version SET version_num = '{revision}'"))
    with pytest.raises(migrations.SchemaUnknown, match=revision):
        move(filled, "head", down=False)
    assert digests(filled) == before


@pytest.mark.parametrize("change", [update(transfer).values(amount_fen=2), delete(transfer)])
def test_the_ledger_refuses_changes(filled: Database, change: Update | Delete) -> None:
    with pytest.raises(DBAPIError, match="append-only"), filled.write() as conn:
        conn.execute(change)
