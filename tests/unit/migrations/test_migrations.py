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
from sqlalchemy import Connection, Delete, Inspector, MetaData, Update, delete, inspect, select, text, update
from sqlalchemy.exc import DBAPIError

from minzhengtong import migrations
from minzhengtong.backup import rows
from minzhengtong.codes.models import code_holder
from minzhengtong.core import idempotency
from minzhengtong.core.db import Database
from minzhengtong.core.idempotency import Answer
from minzhengtong.core.ids import new_id
from minzhengtong.core.keys import signing_key
from minzhengtong.core.paths import MIGRATIONS
from minzhengtong.core.runtime import Runtime
from minzhengtong.migrations.tables import metadata
from minzhengtong.payments.models import payment, transfer
from minzhengtong.payments.summary import summary
from minzhengtong.places.personas import load_personas
from minzhengtong.scans.models import scan

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
    with db.transaction() as conn:
        (migrations.downgrade if down else migrations.upgrade)(conn, revision)


def keep_answer(conn: Connection, at: datetime, key: str) -> None:
    idempotency.keep(conn, at, "transit", key, request_digest="d", answer=Answer(201, "{}"))


@pytest.fixture
def filled(runtime: Runtime, now: datetime) -> Database:
    """A seeded database with many transfers, to and fro, and some kept answers."""
    facts = {"app_id": "a", "terminal_id": "t", "payer_id": "per_lin", "amount_fen": 1, "subject": "x"}
    facts |= {"reason": None, "created_at": now}
    there = {"debit_account_id": "wallet:per_lin", "credit_account_id": "wallet:per_chen"}
    back = {"debit_account_id": "wallet:per_chen", "credit_account_id": "wallet:per_lin"}
    ids = [new_id("pay", now) for _ in range(TRANSFERS)]
    paid = [{**facts, "id": one, "scan_id": one, "idempotency_key": one} for one in ids]
    moved = [{"id": row["id"], "payment_id": row["id"], "amount_fen": 1, "created_at": now} for row in paid]
    with runtime.db.transaction() as conn:
        conn.execute(payment.insert(), paid)
        conn.execute(transfer.insert(), [{**way, **row} for row, way in zip(moved, cycle([there, back]))])
        for number in range(3):
            keep_answer(conn, now + timedelta(seconds=number), f"key-{number}")
    return runtime.db


def test_the_newest_schema_is_that_of_the_models(db: Database) -> None:
    with db.transaction() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True, "target_metadata": metadata})
        assert compare_metadata(context, metadata) == []


def test_the_newest_schema_keeps_no_row_numbers_where_the_models_want_none(db: Database) -> None:
    if db.is_sqlite:  # only there does a table have the choice, and Alembic does not compare it
        found = MetaData()
        with db.reading() as conn:
            found.reflect(conn)
        assert _without_rowid(found) == _without_rowid(metadata) != set()


def _without_rowid(tables: MetaData) -> set[str]:
    options = {name: table.dialect_options["sqlite"] for name, table in tables.tables.items()}
    return {name for name, option in options.items() if option["with_rowid"] is False}


def test_every_step_down_undoes_its_step_up(db: Database) -> None:
    shapes = {}
    for revision in revisions():
        move(db, revision, down=True)
        shapes[revision] = shape(db)
    move(db, "base", down=True)
    for revision in reversed(revisions()):
        move(db, revision, down=False)
        assert shape(db) == shapes[revision], revision


def shape(db: Database) -> dict[str, list[str]]:
    """Every table by all that the database says of it, in any order."""
    with db.reading() as conn:
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


def test_every_step_down_and_up_keeps_the_rows(filled: Database) -> None:
    before, path = digests(filled), revisions()
    for revision in path[1:]:
        move(filled, revision, down=True)
    with filled.reading() as conn:
        assert summary(conn).transfers >= TRANSFERS
    for revision in reversed(path):
        move(filled, revision, down=False)
    assert digests(filled) == before


def test_a_failed_step_changes_nothing(filled: Database) -> None:
    before = digests(filled)
    with pytest.raises(CommandError):
        _go_down_then_nowhere(filled)
    assert digests(filled) == before
    with pytest.raises(DBAPIError, match="append-only"), filled.transaction() as conn:
        conn.execute(update(transfer).values(amount_fen=2))


def _go_down_then_nowhere(db: Database) -> None:
    with db.transaction() as conn:
        migrations.downgrade(conn, "0001")
        migrations.upgrade(conn, "9999")


@pytest.mark.parametrize("change", [update(transfer).values(amount_fen=2), delete(transfer)])
@pytest.mark.parametrize(("down", "up"), [("0001", "head"), ("0005", "0005")])
def test_the_ledger_is_guarded_again_after_going_down_and_up(
    filled: Database, down: str, up: str, change: Update | Delete
) -> None:
    move(filled, down, down=True)
    move(filled, up, down=False)
    with pytest.raises(DBAPIError, match="append-only"), filled.transaction() as conn:
        conn.execute(change)


def test_transfers_of_an_older_schema_are_named_and_none_is_lost(filled: Database, now: datetime) -> None:
    """By what they are: twice opened, or moved without a payment, is a name of its own."""
    move(filled, "0005", down=True)
    ways = [("source:platform", "wallet:per_lin"), ("wallet:per_lin", "wallet:per_chen")]
    with filled.transaction() as conn:
        last = conn.execute(text("SELECT max(id) FROM transfer")).scalar_one()
        columns = "debit_account_id, credit_account_id, amount_fen, created_at"
        for debit, credit in ways:
            values = f"'{debit}', '{credit}', 7, {now.timestamp() * 1e6:.0f}"
            conn.execute(text(f"INSERT INTO transfer ({columns}) VALUES ({values})"))
    move(filled, "head", down=False)
    others = select(transfer.c.id, transfer.c.amount_fen).where(transfer.c.payment_id.is_(None))
    with filled.reading() as conn:
        named = {row.id: row.amount_fen for row in conn.execute(others)}
        assert summary(conn).transfers == TRANSFERS + len(named)
    openings = {f"opening:{one.person_id}": one.balance_fen for one in load_personas().people}
    openings = {name: fen for name, fen in openings.items() if fen}
    assert named == openings | {f"transfer:{last + 1}": 7, f"transfer:{last + 2}": 7}


def test_a_next_key_of_an_older_schema_gets_its_time(filled: Database, now: datetime) -> None:
    move(filled, "0002", down=True)
    with filled.transaction() as conn:
        values = {"kid": "k", "use": "code", "alg": "x", "region": "", "state": "next", "public_der": b""}
        insert = signing_key.insert().values(**values, created_at=now)
        conn.execute(insert)
    move(filled, "head", down=False)
    with filled.reading() as conn:
        due = conn.execute(signing_key.select().where(signing_key.c.kid == "k")).one().due_at
    assert (due - now).total_seconds() == 310


def test_the_newest_scan_of_an_older_schema_is_its_holders_last_use(filled: Database, now: datetime) -> None:
    facts = {"app_id": "a", "terminal_id": "t", "verdict": "refused", "items": {}, "scanned_at": now}
    whose = {
        "scan_1": "per_lin",
        "scan_3": "per_lin",
        "scan_2": "per_lin",
        "scan_4": "per_chen",
        "scan_5": None,
    }
    move(filled, "0005", down=True)
    with filled.transaction() as conn:
        conn.execute(scan.insert(), [{**facts, "id": name, "person_id": of} for name, of in whose.items()])
    move(filled, "head", down=False)
    used = code_holder.select().where(code_holder.c.last_use.is_not(None))
    with filled.reading() as conn:
        found = {row.person_id: row.last_use for row in conn.execute(used)}
    assert found == {"per_lin": "scan_3", "per_chen": "scan_4"}


def test_indexes_that_an_early_0005_left_are_gone(filled: Database) -> None:
    move(filled, "0005", down=True)
    with filled.transaction() as conn:
        for column in ("person_id", "expires_at"):
            conn.execute(text(f"CREATE INDEX ix_login_session_{column} ON login_session ({column})"))
    move(filled, "head", down=False)
    with filled.reading() as conn:
        assert inspect(conn).get_indexes("login_session") == []
    move(filled, "0004", down=True)


def test_the_base_is_empty(filled: Database) -> None:
    move(filled, "base", down=True)
    with filled.reading() as conn:
        assert inspect(conn).get_table_names() == [rows.REVISIONS]
