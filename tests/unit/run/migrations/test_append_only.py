"""The database itself refuses to change the ledger and the log, also when another program asks."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

import pytest
from sqlalchemy import Table, text
from sqlalchemy.exc import DBAPIError

from minzhengtong.audit.log import record_entry
from minzhengtong.audit.seal import seal_entries
from minzhengtong.db.database import Database
from minzhengtong.payments.ledger import Charge, charge, open_account
from minzhengtong.run import migrations
from minzhengtong.run.backup import rows
from minzhengtong.runtime import Runtime

CHANGES = {
    "account": "owner = 'x'",
    "payment": "amount_fen = 7",
    "transfer": "amount_fen = 7",
    "audit_entry": "action = 'x'",
    "audit_seal": "digest = 'x'",
}


@dataclass(frozen=True)
class Used:
    """A database with a payment, its transfer and accounts, and a sealed log entry; and its tables."""

    db: Database
    tables: list[Table]

    def digests(self) -> dict[str, str]:
        with self.db.snapshot() as conn:
            return {table.name: rows.digest(conn, table) for table in self.tables}

    def assert_refused(self, *statements: str) -> None:
        before = self.digests()
        for statement in statements:
            with pytest.raises(DBAPIError, match="append-only"), self.db.write() as conn:
                conn.execute(text(statement))
            assert self.digests() == before, statement


@pytest.fixture
def used(runtime: Runtime, now: datetime) -> Used:
    texts = ("1 路公交", None, None, None)
    wanted = Charge("scan_1", "example.fuzhou.transit", "gate", "per_lin", 200, *texts, "k")
    with runtime.db.write() as conn:
        charge(conn, now, wanted)
        record_entry(conn, now, "payment.made", actor="app:transit")
        seal_entries(conn)
        return Used(runtime.db, rows.tables(conn))


@pytest.mark.engines("sqlite", "postgresql")
def test_no_row_is_changed_or_deleted(used: Used) -> None:
    used.assert_refused(*(f"UPDATE {table} SET {change}" for table, change in CHANGES.items()))
    used.assert_refused(*(f"DELETE FROM {table}" for table in CHANGES))


@pytest.mark.engines("sqlite", "postgresql")
def test_only_the_balance_of_an_account_changes(used: Used) -> None:
    for column in ("id", "kind", "owner"):
        used.assert_refused(f"UPDATE account SET {column} = 'x', balance_fen = 1 WHERE owner = 'per_lin'")
    with used.db.write() as conn:
        conn.execute(text("UPDATE account SET balance_fen = balance_fen - 1 WHERE owner = 'per_lin'"))
        assert not open_account(conn, "wallet", "per_lin")


@pytest.mark.parametrize("verb", ["INSERT OR REPLACE", "INSERT OR IGNORE", "UPSERT"])
def test_no_row_is_replaced_by_a_program_of_its_own(used: Used, verb: str) -> None:
    before = used.digests()
    with closing(sqlite3.connect(used.db.engine.url.database or "")) as other:
        for table in CHANGES:
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                other.execute(_again(other, table, verb))
    assert used.digests() == before


def _again(conn: sqlite3.Connection, table: str, verb: str) -> str:
    """A statement that inserts the table's rows once more, with one column changed."""
    column, _, value = CHANGES[table].partition(" = ")
    columns = [row[1] for row in conn.execute(f"PRAGMA table_info({table})")]
    changed = ", ".join(value if one == column else one for one in columns)
    on_conflict = f" WHERE true ON CONFLICT DO UPDATE SET {CHANGES[table]}" if verb == "UPSERT" else ""
    begin = "INSERT" if verb == "UPSERT" else verb
    return f"{begin} INTO {table} SELECT {changed} FROM {table}{on_conflict}"


@pytest.mark.engines("postgresql")
def test_no_table_is_truncated(used: Used) -> None:
    used.assert_refused(*(f"TRUNCATE {table} CASCADE" for table in CHANGES))


@pytest.mark.engines("sqlite", "postgresql")
def test_the_step_down_takes_its_triggers_away_and_no_others(used: Used) -> None:
    before = used.digests()
    with used.db.write() as conn:
        migrations.downgrade(conn, "0015")
    with used.db.write() as conn:
        conn.execute(text("UPDATE payment SET subject = subject"))
        conn.execute(text("UPDATE account SET kind = kind"))
    with pytest.raises(DBAPIError, match="append-only"), used.db.write() as conn:
        conn.execute(text("UPDATE transfer SET amount_fen = 7"))
    with used.db.write() as conn:
        migrations.upgrade(conn)
    used.assert_refused("UPDATE payment SET subject = 'x'")
    assert used.digests() == before
