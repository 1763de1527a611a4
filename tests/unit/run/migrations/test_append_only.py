"""The database itself refuses to change the ledger and the log, also when another program asks."""

import sqlite3
from contextlib import closing
from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from minzhengtong.audit.log import record_entry
from minzhengtong.audit.seal import seal_entries
from minzhengtong.db.database import Database
from minzhengtong.payments.ledger import Charge, charge, open_account
from minzhengtong.run import migrations
from minzhengtong.run.backup import rows
from minzhengtong.runtime import Runtime

TABLES = ("account", "payment", "transfer", "audit_entry", "audit_seal")
CHANGES = {
    "account": "owner = 'x'",
    "payment": "amount_fen = 7",
    "transfer": "amount_fen = 7",
    "audit_entry": "action = 'x'",
    "audit_seal": "digest = 'x'",
}
both = pytest.mark.engines("sqlite", "postgresql")


@pytest.fixture
def used(runtime: Runtime, now: datetime) -> Database:
    """A payment with its transfer and accounts, and a sealed log entry."""
    texts = ("1 路公交", None, None, None)
    wanted = Charge("scan_1", "example.fuzhou.transit", "gate", "per_lin", 200, *texts, "k")
    with runtime.db.write() as conn:
        charge(conn, now, wanted)
        record_entry(conn, now, "payment.made", actor="app:transit")
        seal_entries(conn)
    return runtime.db


def digests(db: Database) -> dict[str, str]:
    with db.snapshot() as conn:
        return {table.name: rows.digest(conn, table) for table in rows.tables(conn)}


def assert_refused(db: Database, statement: str) -> None:
    before = digests(db)
    with pytest.raises(DBAPIError, match="append-only"), db.write() as conn:
        conn.execute(text(statement))
    assert digests(db) == before


@both
@pytest.mark.parametrize("table", TABLES)
def test_no_row_is_changed_or_deleted(used: Database, table: str) -> None:
    assert_refused(used, f"UPDATE {table} SET {CHANGES[table]}")
    assert_refused(used, f"DELETE FROM {table}")


@both
def test_only_the_balance_of_an_account_changes(used: Database) -> None:
    for column in ("id", "kind", "owner"):
        assert_refused(used, f"UPDATE account SET {column} = 'x', balance_fen = 1 WHERE owner = 'per_lin'")
    with used.write() as conn:
        conn.execute(text("UPDATE account SET balance_fen = balance_fen - 1 WHERE owner = 'per_lin'"))
        assert not open_account(conn, "wallet", "per_lin")


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("verb", ["INSERT OR REPLACE", "INSERT OR IGNORE", "UPSERT"])
def test_no_row_is_replaced_by_a_program_of_its_own(used: Database, table: str, verb: str) -> None:
    before, column = digests(used), CHANGES[table].partition(" ")[0]
    with closing(sqlite3.connect(used.engine.url.database or "")) as other:
        columns = [row[1] for row in other.execute(f"PRAGMA table_info({table})")]
        changed = ", ".join(CHANGES[table].partition("= ")[2] if one == column else one for one in columns)
        on_conflict = f" WHERE true ON CONFLICT DO UPDATE SET {CHANGES[table]}" if verb == "UPSERT" else ""
        begin = "INSERT" if verb == "UPSERT" else verb
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            other.execute(f"{begin} INTO {table} SELECT {changed} FROM {table}{on_conflict}")
    assert digests(used) == before


@pytest.mark.engines("postgresql")
@pytest.mark.parametrize("table", TABLES)
def test_no_table_is_truncated(used: Database, table: str) -> None:
    assert_refused(used, f"TRUNCATE {table} CASCADE")


@both
def test_the_step_down_takes_its_triggers_away_and_no_others(used: Database) -> None:
    before = digests(used)
    with used.write() as conn:
        migrations.downgrade(conn, "0015")
    with used.write() as conn:
        conn.execute(text("UPDATE payment SET subject = subject"))
        conn.execute(text("UPDATE account SET kind = kind"))
    assert_refused(used, "UPDATE transfer SET amount_fen = 7")
    with used.write() as conn:
        migrations.upgrade(conn)
    assert_refused(used, "UPDATE payment SET subject = 'x'")
    assert digests(used) == before
