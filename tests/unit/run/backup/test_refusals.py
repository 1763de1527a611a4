"""A restore that cannot be right changes nothing."""

import json
import re
import shutil
import tracemalloc
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from minzhengtong.audit.seal import Anchor
from minzhengtong.base.clock import FrozenClock
from minzhengtong.run import migrations
from minzhengtong.run.backup import rows
from minzhengtong.run.backup.manifest import BackupRefused
from minzhengtong.run.backup.restore import restore_backup
from minzhengtong.run.backup.write import write_backup
from minzhengtong.runtime import Runtime
from tests.conftest import NOON
from tests.engines import seeding
from tests.unit.run.backup.conftest import empty_place, nothing, use

Entries = dict[str, bytes]


@pytest.fixture(scope="module")
def kept(seeded_sqlite: seeding.Seeded, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole archive, made once for all that these tests bend."""
    folder = tmp_path_factory.mktemp("kept")
    with seeding.fresh_runtime(seeded_sqlite, folder, FrozenClock(NOON)) as runtime:
        write_backup(use(runtime), folder / "day.zip", nothing)
    return folder / "day.zip"


@pytest.fixture
def archive(kept: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(kept, tmp_path))


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


def sealed_anew(**changes: Callable[[bytes], bytes]) -> Callable[[Entries], None]:
    """Change tables, and make every digest of the manifest fit."""

    def change(entries: Entries) -> None:
        facts = json.loads(entries["manifest.json"])
        for table, bend in changes.items():
            data = entries[f"tables/{table}.jsonl"] = bend(entries[f"tables/{table}.jsonl"])
            facts["tables"][table] = {"rows": data.count(b"\n"), "sha256": sha256(data).hexdigest()}
        facts["ledger_sha256"] = rows.ledger_digest({n: t["sha256"] for n, t in facts["tables"].items()})
        entries["manifest.json"] = json.dumps(facts).encode()

    return change


def replaced(old: str, new: str) -> Callable[[bytes], bytes]:
    def bend(data: bytes) -> bytes:
        assert old.encode() in data
        return data.replace(old.encode(), new.encode(), 1)

    return bend


def of_balance(value: str) -> Callable[[Entries], None]:
    return sealed_anew(
        account=lambda data: re.sub(
            rb'"balance_fen":[0-9]+', f'"balance_fen":{value}'.encode(), data, count=1
        )
    )


def fewer_rows_named(entries: Entries) -> None:
    facts = json.loads(entries["manifest.json"])
    facts["tables"]["audit_entry"]["rows"] = 1
    entries["manifest.json"] = json.dumps(facts).encode()


SEALED_ANEW = {
    "another balance": of_balance("999"),
    "a balance of 10^30": of_balance("1" + 30 * "0"),
    "a balance of 5,000 digits": of_balance("1" + 5000 * "0"),
    "a balance that is text": of_balance('"many"'),
    "a balance that is true": of_balance("true"),
    "a balance with a fraction": of_balance("1.5"),
    "a balance that is no number": of_balance("NaN"),
    "a payment of another amount": sealed_anew(payment=replaced('"amount_fen":201', '"amount_fen":102')),
    "a payment without its transfer": sealed_anew(transfer=lambda data: data[: data[:-1].rindex(b"\n") + 1]),
    "another log entry": sealed_anew(audit_entry=replaced('"amount_fen":200', '"amount_fen":1')),
    "a seal less": sealed_anew(audit_seal=lambda data: data[data.index(b"\n") + 1 :]),
    "a row that is a list": sealed_anew(scan=lambda _: b"[]\n"),
    "a row of other columns": sealed_anew(scan=lambda _: b'{"id":"x"}\n'),
    "brackets without end": sealed_anew(scan=lambda _: b"[" * 100_000 + b"\n"),
    "a line of 2 MB": sealed_anew(scan=lambda _: b'"' + b"x" * (2 << 20) + b'"\n'),
    "more rows than named": fewer_rows_named,
    "half a surrogate": sealed_anew(person=replaced("林晓闽", "\\ud800")),
}


BENT = {
    **SEALED_ANEW,
    "payment of another amount": a_payment_of_another_amount,
    "a row less": a_row_less,
    "a table less": a_table_less,
    "another key": another_key,
    "a file elsewhere": a_file_elsewhere,
    "half a line": half_a_line,
    "unknown revision": manifest_with(revision="9999"),
    "unknown format": manifest_with(format=2),
    "a revision that is empty": manifest_with(revision=""),
    "a revision by another name": manifest_with(revision="head"),
    "made in the year 9999": manifest_with(made_at="9999-12-31T23:59:59Z"),
    "made at a time without a zone": manifest_with(made_at="2026-11-20T12:00:00"),
    "a manifest of brackets": lambda entries: entries.update({"manifest.json": b"[" * 100_000}),
    "tables of another revision": manifest_with(revision="0001", tables={}),
    "another ledger": manifest_with(ledger_sha256="0" * 64),
}


@pytest.mark.parametrize("name", BENT)
def test_a_bent_archive_changes_nothing(clock: FrozenClock, archive: Path, tmp_path: Path, name: str) -> None:
    bent = rewritten(archive, BENT[name])
    with empty_place("sqlite", tmp_path / "elsewhere", clock) as place:
        with pytest.raises(BackupRefused):
            restore_backup(place, bent, nothing)
        assert_untouched(place)
        restore_backup(place, archive, nothing)


def flags(mask: int) -> Callable[[bytearray, int], None]:
    """Set flags of an entry in the archive's directory."""

    def bend(data: bytearray, at: int) -> None:
        data[at + 8] |= mask

    return bend


def method(number: int) -> Callable[[bytearray, int], None]:
    """Name another compression method of an entry in the archive's directory."""

    def bend(data: bytearray, at: int) -> None:
        data[at + 10] = number

    return bend


def packed_data(data: bytearray, at: int) -> None:
    """Flip the first bytes of an entry's packed data, which follow its local header and name."""
    header = int.from_bytes(data[at + 42 : at + 46], "little")
    start = header + 30 + sum(data[header + 26 : header + 30 : 2])
    data[start : start + 8] = bytes(byte ^ 0xFF for byte in data[start : start + 8])


BENT_BYTES = {
    "encrypted": flags(1),
    "patch data": flags(0x20),
    "method LZMA": method(14),
    "method 99": method(99),
    "flipped bytes": packed_data,
}


@pytest.mark.parametrize("entry", ["manifest.json", "tables/person.jsonl"])
@pytest.mark.parametrize("name", BENT_BYTES)
def test_an_entry_that_cannot_be_unpacked_changes_nothing(
    clock: FrozenClock, archive: Path, tmp_path: Path, name: str, entry: str
) -> None:
    data = bytearray(archive.read_bytes())
    BENT_BYTES[name](data, data.rindex(entry.encode()) - 46)
    bent = archive.with_name("bent.zip")
    bent.write_bytes(data)
    with empty_place("sqlite", tmp_path / "elsewhere", clock) as place:
        with pytest.raises(BackupRefused):
            restore_backup(place, bent, nothing)
        assert_untouched(place)


BOMB = 100 << 20


@pytest.mark.parametrize("name", ["tables/scan.jsonl", "manifest.json", "apps/transit.db", "more"])
def test_an_archive_that_unpacks_to_too_much_is_refused_unread(
    clock: FrozenClock, archive: Path, tmp_path: Path, name: str
) -> None:
    bomb = rewritten(archive, lambda entries: entries.update({name: bytes(BOMB)}))
    with empty_place("sqlite", tmp_path / "elsewhere", clock) as place:
        tracemalloc.start()
        with pytest.raises(BackupRefused, match="bytes"):
            restore_backup(place, bomb, nothing)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < BOMB / 4
        assert_untouched(place)


def test_a_log_that_was_made_anew_is_found_by_an_anchor(
    clock: FrozenClock, archive: Path, tmp_path: Path
) -> None:
    with empty_place("sqlite", tmp_path / "elsewhere", clock) as place:
        with pytest.raises(BackupRefused, match="made anew"):
            restore_backup(place, archive, nothing, Anchor(2, "0" * 64))
        assert_untouched(place)
        newest = restore_backup(place, archive, nothing).log.newest
    with empty_place("sqlite", tmp_path / "again", clock) as place:
        assert restore_backup(place, archive, nothing, newest).log.newest == newest


def test_a_file_that_is_no_archive_changes_nothing(clock: FrozenClock, tmp_path: Path) -> None:
    (tmp_path / "no.zip").write_bytes(b"MZ1:")
    with empty_place("sqlite", tmp_path / "elsewhere", clock) as place:
        with pytest.raises(BackupRefused):
            restore_backup(place, tmp_path / "no.zip", nothing)
        assert_untouched(place)


def test_half_an_archive_changes_nothing(clock: FrozenClock, archive: Path, tmp_path: Path) -> None:
    data = archive.read_bytes()
    (tmp_path / "half.zip").write_bytes(data[: len(data) // 2])
    with empty_place("sqlite", tmp_path / "elsewhere", clock) as place:
        with pytest.raises(BackupRefused):
            restore_backup(place, tmp_path / "half.zip", nothing)
        assert_untouched(place)


def test_a_database_with_tables_is_not_written_to(clock: FrozenClock, archive: Path, tmp_path: Path) -> None:
    with empty_place("sqlite", tmp_path / "elsewhere", clock) as place:
        with place.db.write() as conn:
            migrations.upgrade(conn)
        with pytest.raises(BackupRefused, match="has tables"):
            restore_backup(place, archive, nothing)


@pytest.mark.parametrize("name", ["keys/old.pem", "apps/transit.db"])
def test_a_var_folder_with_files_is_not_written_to(
    clock: FrozenClock, archive: Path, tmp_path: Path, name: str
) -> None:
    with empty_place("sqlite", tmp_path / "elsewhere", clock) as place:
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
