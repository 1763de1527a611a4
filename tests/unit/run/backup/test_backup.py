"""A restored simulator equals its source, whichever engine each has, and goes on working."""

import sqlite3
import stat
from contextlib import closing
from itertools import count
from pathlib import Path
from threading import Event, Thread
from zipfile import ZipFile

import pytest

from minzhengtong.audit.seal import seal_entries, verify_chain
from minzhengtong.codes.cose import CodeScope
from minzhengtong.codes.issue import issue_code
from minzhengtong.codes.signers import code_keys
from minzhengtong.payments.summary import summary
from minzhengtong.run.backup.manifest import BackupRefused
from minzhengtong.run.backup.restore import restore_backup
from minzhengtong.run.backup.write import write_backup
from minzhengtong.runtime import Runtime
from minzhengtong.sdk.store import Store
from tests.unit.run.backup.conftest import digests, empty_place, nothing, pay

both = pytest.mark.engines("sqlite", "postgresql")


@both
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_restored_simulator_equals_its_source_and_goes_on(
    used: Runtime, archive: Path, tmp_path: Path, engine: str
) -> None:
    with empty_place(engine, tmp_path / "elsewhere", used.clock) as place:
        facts, _ = restore_backup(place, archive, nothing)
        assert_equal(place, used)
        assert {name: table.sha256 for name, table in facts.tables.items()} == digests(used)
        pay(place, 200, "after")  # a counting key that began again would collide
        with place.db.write() as conn:
            seal_entries(conn)
            keys = place.keyring.current(conn)
            shown = issue_code(conn, place.clock.now(), keys, "per_lin", "350100", CodeScope.PAY)
        with place.db.snapshot() as conn:
            checked = verify_chain(conn)
            assert (checked.unsealed_ids, checked.fault) == ((), "")
            assert summary(conn).payments == 7
        with used.db.read() as conn:
            verifier = code_keys(used.keyring.current(conn)).verifier
        assert verifier.verify(shown.text, int(used.clock.now().timestamp())).aud == "350100"


def assert_equal(place: Runtime, source: Runtime) -> None:
    """In every table and every key, whose files are for their owner only."""
    assert digests(place) == digests(source)
    keys = {path.name: path.read_bytes() for path in (source.settings.var_dir / "keys").iterdir()}
    restored = {path.name: path for path in (place.settings.var_dir / "keys").iterdir()}
    assert {name: path.read_bytes() for name, path in restored.items()} == keys
    assert {stat.S_IMODE(path.stat().st_mode) for path in restored.values()} == {0o600}


@both
def test_a_backup_is_one_moment_while_payments_go_on(used: Runtime, tmp_path: Path) -> None:
    stop = Event()

    def keep_paying() -> None:
        for number in count():
            if stop.is_set():
                break
            pay(used, 1, f"load{number}")

    threads = [Thread(target=keep_paying) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for number in range(3):
            write_backup(used, tmp_path / f"{number}.zip", nothing)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    seen = []
    for number in range(3):
        with empty_place("sqlite", tmp_path / f"place{number}", used.clock) as place:
            restore_backup(place, tmp_path / f"{number}.zip", nothing)
            with place.db.snapshot() as conn:
                proof = summary(conn)
            assert (proof.sum_fen, proof.unpaid_payments, proof.faults) == (0, 0, ())
            seen.append(proof.payments)
    assert seen == sorted(seen)
    assert seen[0] >= 6


def test_an_app_store_is_copied_while_the_app_holds_it_open(used: Runtime, tmp_path: Path) -> None:
    path = used.settings.var_dir / "apps" / "clinic.db"
    store = Store(path, used.clock.now)
    store.put("visit", "v1", owner="someone", room="3")
    with closing(sqlite3.connect(path)) as writing:
        writing.execute("BEGIN IMMEDIATE")
        writing.execute("DELETE FROM record")
        write_backup(used, tmp_path / "day.zip", nothing)
    with empty_place("sqlite", tmp_path / "elsewhere", used.clock) as place:
        restore_backup(place, tmp_path / "day.zip", nothing)
        restored = Store(place.settings.var_dir / "apps" / "clinic.db", used.clock.now)
        assert [record.body for record in restored.of("visit", "someone")] == [{"room": "3"}]


def test_a_backup_is_for_the_owner_only_and_never_written_over(used: Runtime, archive: Path) -> None:
    before = archive.read_bytes()
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    with pytest.raises(BackupRefused, match="which exists"):
        write_backup(used, archive, nothing)
    assert archive.read_bytes() == before
    assert [path.name for path in archive.parent.glob("*.part")] == []


def test_an_unfinished_backup_leaves_no_file(used: Runtime, tmp_path: Path) -> None:
    def interrupted(name: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_backup(used, tmp_path / "day.zip", interrupted)
    assert list(tmp_path.glob("day.zip*")) == []


def test_other_files_among_the_keys_and_stores_are_left_out(used: Runtime, archive: Path) -> None:
    with ZipFile(archive) as before:
        expected = before.namelist()
    folder = used.settings.var_dir
    (folder / "apps").mkdir(exist_ok=True)
    (folder / "keys" / "folder").mkdir()
    for name in ("keys/.DS_Store", "keys/a.pem~", "apps/transit copy.db"):
        (folder / name).write_bytes(b"x")
    write_backup(used, archive.with_name("again.zip"), nothing)
    with ZipFile(archive.with_name("again.zip")) as after:
        assert after.namelist() == expected


def test_a_database_without_schema_is_not_backed_up(used: Runtime, tmp_path: Path) -> None:
    with empty_place("sqlite", tmp_path / "elsewhere", used.clock) as place, pytest.raises(BackupRefused):
        write_backup(place, tmp_path / "day.zip", nothing)


def test_a_backup_reads_as_text(archive: Path) -> None:
    with ZipFile(archive) as opened:
        people = opened.read("tables/person.jsonl").decode()
    assert '"name":"林晓闽"' in people


def test_progress_is_told_to_the_end(used: Runtime, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    made = write_backup(used, tmp_path / "day.zip", lambda *step: told.append(step))
    total = sum(table.rows for table in made.tables.values())
    assert told[-1] == ("", total, total)
    assert [step[1] for step in told] == sorted(step[1] for step in told)
