"""What an operator types: migrate, keys, audit, backup and restore, as commands with exit codes."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from minzhengtong.audit.log import record_entry
from minzhengtong.audit.seal import seal_entries
from minzhengtong.base.settings import Settings
from minzhengtong.run.cli import main
from minzhengtong.runtime import Runtime
from tests.engines import prepared

Command = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Type a command against a var folder of our own."""
    monkeypatch.setenv("MZT_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.delenv("MZT_DATABASE_URL", raising=False)
    return lambda *words, typed="": CliRunner().invoke(main, words, input=typed)


@pytest.fixture
def seeded(command: Command, tmp_path: Path) -> Command:
    prepared.copy_to(tmp_path / "var")
    return command


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "var" / "minzhengtong.db"


def test_going_down_to_nothing_asks_first(seeded: Command, database: Path) -> None:
    asked = seeded("migrate", "base", "--down", typed="n\n")
    assert asked.exit_code == 1
    assert "deletes every row" in asked.output
    assert "person" in _tables(database)
    assert seeded("migrate", "base", "--down", "--yes").exit_code == 0
    assert _tables(database) == {"alembic_version"}


@pytest.mark.parametrize(
    "words", [("keys", "list"), ("miniapp", "list"), ("audit", "verify"), ("backup", "day.zip"), ("seed",)]
)
def test_a_command_in_the_wrong_place_says_so_and_makes_nothing(
    command: Command, tmp_path: Path, words: tuple[str, ...]
) -> None:
    refused = command(*words)
    assert (refused.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert "There is no simulator of this version here" in refused.output
    assert str(tmp_path / "var") in refused.output
    assert command("token").exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_command_before_the_migration_names_it(seeded: Command) -> None:
    assert seeded("migrate", "base", "--down", "--yes").exit_code == 0
    refused = seeded("keys", "list")
    assert (refused.exit_code, "minzhengtong migrate" in refused.output) == (2, True)


def test_a_revision_that_is_none_is_named(seeded: Command) -> None:
    refused = seeded("migrate", "9999")
    assert (refused.exit_code, "9999" in refused.output) == (1, True)


@pytest.mark.parametrize("words", [("run",), ("migrate",), ("keys", "list")])
def test_a_file_that_is_no_database_is_named_in_one_sentence(
    command: Command, database: Path, words: tuple[str, ...]
) -> None:
    database.parent.mkdir(mode=0o700)
    database.write_bytes(b"garbage" * 1000)
    result = command(*words)
    assert result.exit_code == 2
    assert "file is not a database" in result.output


def test_a_key_file_that_holds_no_key_is_named_in_one_sentence(seeded: Command, database: Path) -> None:
    file = min((database.parent / "keys").glob("*.pem"))
    file.write_bytes(b"garbage")
    refused = seeded("seed")
    assert (refused.exit_code, refused.output.count("\n")) == (2, 2)
    assert f"{file} holds no private key" in refused.output


def test_keys_are_listed_and_rotated_once_at_a_time(seeded: Command) -> None:
    assert seeded("keys", "list").output.count(" active ") == 14
    assert seeded("keys", "rotate", "--use", "code").exit_code == 0
    assert seeded("keys", "rotate", "--use", "id_token").exit_code == 0
    listed = seeded("keys", "list").output
    assert listed.count(" next ") == listed.count("moves on at") == 14
    again = seeded("keys", "rotate", "--use", "code", "--region", "350200")
    assert (again.exit_code, "published already" in again.output) == (2, True)


@pytest.mark.parametrize(
    "words", [("--use", "id_token", "--region", "350100"), ("--use", "code", "--signs-in", "3"), ()]
)
def test_a_rotation_that_cannot_be_right_is_refused(seeded: Command, words: tuple[str, ...]) -> None:
    assert seeded("keys", "rotate", *words).exit_code == 2
    assert " next " not in seeded("keys", "list").output


TAMPERINGS = {
    "edited": ["UPDATE audit_entry SET actor = 'system' WHERE id = 3"],
    "deleted": ["DELETE FROM audit_entry WHERE id = 3"],
    "inserted": [
        "INSERT INTO audit_entry (id, at, action, actor, detail) VALUES (99, 1, 'x', 'system', '{}')",
        "INSERT INTO audit_seal (seq, entry_id, digest) VALUES (99, 99, 'ab')",
    ],
    "swapped": [
        "UPDATE audit_entry SET id = -1 WHERE id = 3",
        "UPDATE audit_entry SET id = 3 WHERE id = 4",
        "UPDATE audit_entry SET id = 4 WHERE id = -1",
    ],
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_audit_verify_finds_a_changed_row(seeded: Command, database: Path, tampering: str) -> None:
    _write_log(8)
    before = seeded("audit", "verify")
    assert before.exit_code == 0
    assert before.output.startswith("sealed and checked: 9\nnewest seal: 9:")  # one is of the seed
    with closing(sqlite3.connect(database)) as conn, conn:
        for (trigger,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            conn.execute(f"DROP TRIGGER {trigger}")
        for statement in TAMPERINGS[tampering]:
            conn.execute(statement)
    after = seeded("audit", "verify")
    assert (after.exit_code, "FAULT" in after.output) == (1, True)


def test_audit_verify_compares_the_log_with_an_anchor(seeded: Command) -> None:
    _write_log(2)
    anchor = seeded("audit", "verify").output.splitlines()[1].removeprefix("newest seal: ")
    _write_log(2)
    assert seeded("audit", "verify", "--anchor", anchor).exit_code == 0
    other = anchor[:-1] + ("0" if anchor[-1] != "0" else "1")
    made_anew = seeded("audit", "verify", "--anchor", other)
    assert (made_anew.exit_code, "FAULT: seal 3 differs from the anchor" in made_anew.output) == (1, True)
    assert seeded("audit", "verify", "--anchor", "newest").exit_code == 2


def test_audit_verify_names_the_unsealed_tail(seeded: Command) -> None:
    _write_log(2, seal=False)
    assert "not sealed yet: 3, from entry 1" in seeded("audit", "verify").output


def test_backup_and_restore_print_the_same_ledger(
    seeded: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = str(tmp_path / "day.zip")
    made = seeded("backup", archive)
    assert made.exit_code == 0
    assert seeded("backup", archive).exit_code == 2
    assert seeded("restore", archive).exit_code == 2  # this place is not empty
    monkeypatch.setenv("MZT_VAR_DIR", str(tmp_path / "elsewhere"))
    restored = seeded("restore", archive)
    assert restored.exit_code == 0
    assert _ledger(restored) == _ledger(made)
    assert seeded("keys", "list").output.count(" active ") == 14


def _ledger(result: Result) -> str:
    return next(line for line in result.output.splitlines() if line.startswith("ledger "))


def _tables(database: Path) -> set[str]:
    with closing(sqlite3.connect(database)) as conn:
        return {name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def _write_log(entries: int, *, seal: bool = True) -> None:
    runtime = Runtime.open(Settings.from_env())
    with runtime.db.write() as conn:
        for number in range(entries):
            record_entry(conn, runtime.clock.now(), "code.scanned", actor=f"app:{number}")
    if seal:
        with runtime.db.write() as conn:
            seal_entries(conn)
    runtime.close()
