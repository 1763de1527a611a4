"""A restore that cannot be right changes nothing."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from minzhengtong.run import migrations
from minzhengtong.run.backup import rows
from minzhengtong.run.backup.manifest import BackupRefused
from minzhengtong.run.backup.restore import restore_backup
from minzhengtong.runtime import Runtime
from tests.unit.run.backup.conftest import empty_place, nothing

Entries = dict[str, bytes]


def rewritten(archive: Path, change: Callable[[Entries], None]) -> Path:
    """A copy of an archive with other entries."""
    with ZipFile(archive) as opened:
        entries = {name: opened.read(name) for name in opened.namelist()}
    change(entries)
    bent = archive.with_name("bent.zip")
    with ZipFile(bent, "w", ZIP_DEFLATED) as writing:
        for name, data in entries.items():
            writing.writestr(name, data)
    return bent


def manifest_with(**changes: Any) -> Callable[[Entries], None]:
    def change(entries: Entries) -> None:
        entries["manifest.json"] = json.dumps({**json.loads(entries["manifest.json"]), **changes}).encode()

    return change


def a_payment_of_another_amount(entries: Entries) -> None:
    name = "tables/payment.jsonl"
    entries[name] = entries[name].replace(b'"amount_fen":201', b'"amount_fen":102')


def a_row_less(entries: Entries) -> None:
    name = "tables/transfer.jsonl"
    entries[name] = b"".join(entries[name].splitlines(keepends=True)[:-1])


def a_table_less(entries: Entries) -> None:
    del entries["tables/scan.jsonl"]


def another_key(entries: Entries) -> None:
    name = next(name for name in entries if name.endswith(".pem"))
    entries[name] = entries[name].replace(b"A", b"B", 1)


def a_file_elsewhere(entries: Entries) -> None:
    facts = json.loads(entries["manifest.json"])
    facts["files"]["keys/../../evil.pem"] = "0" * 64
    entries["manifest.json"] = json.dumps(facts).encode()


def half_a_line(entries: Entries) -> None:
    entries["tables/person.jsonl"] = entries["tables/person.jsonl"][:-9]


BENT = {
    "payment of another amount": a_payment_of_another_amount,
    "a row less": a_row_less,
    "a table less": a_table_less,
    "another key": another_key,
    "a file elsewhere": a_file_elsewhere,
    "half a line": half_a_line,
    "unknown revision": manifest_with(revision="9999"),
    "unknown format": manifest_with(format=2),
    "tables of another revision": manifest_with(revision="0001", tables={}),
    "another ledger": manifest_with(ledger_sha256="0" * 64),
}


@pytest.mark.parametrize("name", BENT)
def test_a_bent_archive_changes_nothing(used: Runtime, archive: Path, tmp_path: Path, name: str) -> None:
    bent = rewritten(archive, BENT[name])
    engine = used.db.engine.dialect.name
    with empty_place(engine, tmp_path / "elsewhere", used) as place:
        with pytest.raises(BackupRefused):
            restore_backup(place, bent, nothing)
        assert_untouched(place)
        restore_backup(place, archive, nothing)


def test_a_file_that_is_no_archive_changes_nothing(used: Runtime, tmp_path: Path) -> None:
    (tmp_path / "no.zip").write_bytes(b"MZ1:")
    with empty_place("sqlite", tmp_path / "elsewhere", used) as place:
        with pytest.raises(BackupRefused):
            restore_backup(place, tmp_path / "no.zip", nothing)
        assert_untouched(place)


def test_half_an_archive_changes_nothing(used: Runtime, archive: Path, tmp_path: Path) -> None:
    data = archive.read_bytes()
    (tmp_path / "half.zip").write_bytes(data[: len(data) // 2])
    with empty_place("sqlite", tmp_path / "elsewhere", used) as place:
        with pytest.raises(BackupRefused):
            restore_backup(place, tmp_path / "half.zip", nothing)
        assert_untouched(place)


def test_a_database_with_tables_is_not_written_to(used: Runtime, archive: Path, tmp_path: Path) -> None:
    engine = used.db.engine.dialect.name
    with empty_place(engine, tmp_path / "elsewhere", used) as place:
        with place.db.write() as conn:
            migrations.upgrade(conn)
        with pytest.raises(BackupRefused, match="has tables"):
            restore_backup(place, archive, nothing)


@pytest.mark.parametrize("name", ["keys/old.pem", "apps/transit.db"])
def test_a_var_folder_with_files_is_not_written_to(
    used: Runtime, archive: Path, tmp_path: Path, name: str
) -> None:
    with empty_place("sqlite", tmp_path / "elsewhere", used) as place:
        present = place.settings.var_dir / name
        present.parent.mkdir()
        present.write_bytes(b"precious")
        with pytest.raises(BackupRefused, match="with files in it"):
            restore_backup(place, archive, nothing)
        assert present.read_bytes() == b"precious"
        shutil.rmtree(present.parent)
        assert_untouched(place)


def assert_untouched(place: Runtime) -> None:
    with place.db.read() as conn:
        assert rows.tables(conn) == []
    folder = place.settings.var_dir
    assert [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("empty")] == []
