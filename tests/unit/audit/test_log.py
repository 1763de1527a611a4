"""The hash chain reveals every change that was made to the log directly in the database."""

import sqlite3
from datetime import datetime
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from minzhengtong.audit.log import entries_of_person, record_entry
from minzhengtong.audit.models import audit_entry
from minzhengtong.audit.seal import Anchor, AuditCheck, is_all_sealed, seal_entries, verify_chain
from minzhengtong.base.errors import InvalidInput
from minzhengtong.db.database import Database

pytestmark = pytest.mark.engines("sqlite", "postgresql")


def write(db: Database, now: datetime, *people: str) -> None:
    with db.write() as conn:
        for person in people:
            record_entry(
                conn,
                now,
                "certificate.shown",
                actor="app:clinic",
                person_id=person,
                claims=["name", "参保地"],
            )


def seal(db: Database) -> int:
    with db.write() as conn:
        return seal_entries(conn)


def check(db: Database, anchor: Anchor | None = None) -> AuditCheck:
    with db.snapshot() as conn:
        return verify_chain(conn, anchor)


def found(db: Database) -> tuple[int, tuple[int, ...], str]:
    checked = check(db)
    return checked.newest.seq, checked.unsealed_ids, checked.fault


def tamper(db: Database, *statements: str) -> None:
    """Change rows with full access to the database: without triggers and foreign keys."""
    url = db.engine.url
    if db.is_sqlite:
        with sqlite3.connect(url.database or "") as raw:
            for trigger in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                raw.execute(f"DROP TRIGGER {trigger[0]}")
            for statement in statements:
                raw.execute(statement)
        raw.close()
        return
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as pg:
        pg.execute("SET session_replication_role = replica")
        for statement in statements:
            pg.execute(statement.encode())


def test_an_untouched_log_is_verified(db: Database, now: datetime) -> None:
    write(db, now, "per_lin", "per_chen", "per_lin")
    assert found(db) == (0, (1, 2, 3), "")
    assert [seal(db), seal(db)] == [3, 0]
    write(db, now, "per_wu")
    assert found(db) == (3, (4,), "")
    assert seal(db) == 1
    assert found(db) == (4, (), "")


@pytest.mark.parametrize(
    ("statements", "first_fault"),
    [
        (["UPDATE audit_entry SET person_id = 'per_xu' WHERE id = 3"], 3),
        (["UPDATE audit_entry SET at = at + 1 WHERE id = 2"], 2),
        (["UPDATE audit_entry SET detail = '{}' WHERE id = 5"], 5),
        (["DELETE FROM audit_entry WHERE id = 4"], 4),
        (["DELETE FROM audit_seal WHERE seq = 4", "DELETE FROM audit_entry WHERE id = 4"], 4),
        (["DELETE FROM audit_seal WHERE seq = 1"], 1),
        (["UPDATE audit_seal SET digest = 'ab' WHERE seq = 2"], 2),
        (["UPDATE audit_seal SET seq = 7 WHERE seq = 5"], 5),
        (
            [
                "UPDATE audit_entry SET id = 99 WHERE id = 2",
                "UPDATE audit_entry SET id = 2 WHERE id = 3",
                "UPDATE audit_entry SET id = 3 WHERE id = 99",
            ],
            2,
        ),
        (
            [
                "UPDATE audit_seal SET entry_id = 99 WHERE seq = 2",
                "UPDATE audit_seal SET entry_id = 2 WHERE seq = 3",
                "UPDATE audit_seal SET entry_id = 3 WHERE seq = 2",
            ],
            2,
        ),
        (
            [
                "INSERT INTO audit_entry (id, at, action, actor, detail) VALUES (9, 1, 'x', 'system', '{}')",
                "INSERT INTO audit_seal (seq, entry_id, digest) VALUES (0, 9, 'ab')",
            ],
            1,
        ),
    ],
    ids=[
        "edited person",
        "edited time",
        "edited detail",
        "deleted entry",
        "deleted with its seal",
        "deleted first seal",
        "edited seal",
        "renumbered seal",
        "swapped entries",
        "swapped seals",
        "inserted with a seal",
    ],
)
def test_tampering_is_detected_at_its_first_entry(
    db: Database, now: datetime, statements: list[str], first_fault: int
) -> None:
    write(db, now, "per_lin", "per_chen", "per_huang", "per_xu", "per_wu")
    seal(db)
    tamper(db, *statements)
    assert check(db).fault.startswith(f"seal {first_fault} ")


@pytest.mark.parametrize("kept_after", [2, 4, 5])
def test_a_cut_tail_is_detected_only_with_an_anchor(db: Database, now: datetime, kept_after: int) -> None:
    write(db, now, *("per_lin",) * kept_after)
    seal(db)
    anchor = check(db).newest
    write(db, now, *("per_chen",) * (5 - kept_after))
    seal(db)
    assert (anchor.seq, check(db, anchor).fault) == (kept_after, "")
    tamper(db, "DELETE FROM audit_seal WHERE seq > 3", "DELETE FROM audit_entry WHERE id > 3")
    assert check(db).fault == ""
    cut = f"seal {kept_after} of the anchor is missing: the log was cut after seal 3"
    assert check(db, anchor).fault == ("" if kept_after <= 3 else cut)


def test_a_log_made_anew_is_detected_only_with_an_anchor(db: Database, now: datetime) -> None:
    write(db, now, "per_lin", "per_chen", "per_huang")
    seal(db)
    anchor = check(db).newest
    tamper(db, "DELETE FROM audit_seal WHERE seq > 1", "UPDATE audit_entry SET actor = 'x' WHERE id = 2")
    seal(db)
    assert found(db) == (3, (), "")
    assert check(db, anchor).fault.startswith("seal 3 differs from the anchor")


@pytest.mark.parametrize(
    "text", ["", "3", "0:" + 64 * "a", "3:" + 63 * "a", "3:" + 64 * "A", "-1:" + 64 * "a"]
)
def test_a_malformed_anchor_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        Anchor.parse(text)


def test_an_inserted_entry_is_reported_as_unsealed(db: Database, now: datetime) -> None:
    write(db, now, "per_lin", "per_chen")
    seal(db)
    tamper(db, "INSERT INTO audit_entry (id, at, action, actor, detail) VALUES (-7, 1, 'x', 'system', '{}')")
    assert -7 in check(db).unsealed_ids


def test_an_entry_that_commits_late_is_sealed_after_its_neighbour(db: Database, now: datetime) -> None:
    for entry_id in (5, 3):
        with db.write() as conn:
            row: dict[str, Any] = {"id": entry_id, "at": now, "action": "x", "actor": "system", "detail": {}}
            conn.execute(audit_entry.insert(), row)
        assert seal(db) == 1
    assert found(db) == (2, (), "")


@pytest.mark.parametrize("change", ["UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_seal"])
def test_the_database_itself_refuses_changes(db: Database, now: datetime, change: str) -> None:
    write(db, now, "per_lin")
    seal(db)
    with pytest.raises(DBAPIError, match="append-only"), db.write() as conn:
        conn.exec_driver_sql(change)


def test_a_person_reads_their_own_entries_newest_first(db: Database, now: datetime) -> None:
    write(db, now, "per_lin", "per_chen", "per_lin")
    with db.read() as conn:
        mine = entries_of_person(conn, "per_lin")
        newest = entries_of_person(conn, "per_lin", limit=1)
    assert [entry.id for entry in mine] == [3, 1]
    assert [entry.id for entry in newest] == [3]
    assert mine[0].detail == {"claims": ["name", "参保地"]}


def test_is_all_sealed_until_an_entry_is_written(db: Database, now: datetime) -> None:
    with db.write() as conn:
        assert is_all_sealed(conn)
        record_entry(conn, now, "thing.done", actor="system")
    with db.write() as conn:
        assert not is_all_sealed(conn)
        seal_entries(conn)
        assert is_all_sealed(conn)
