"""Restores a backup into an empty database and folder, all or nothing, and verifies every digest."""

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from alembic.util import CommandError
from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError

from minzhengtong.run import migrations
from minzhengtong.run.backup import manifest, rows
from minzhengtong.run.backup.manifest import BackupRefused, Manifest
from minzhengtong.run.backup.write import Watch
from minzhengtong.runtime import Runtime


def restore_backup(runtime: Runtime, source: Path, watch: Watch) -> Manifest:
    """Fill an empty database and var folder from an archive, then upgrade the schema to the newest revision.

    A backup of either engine can be restored to either. Each table's digest is checked twice: as read from
    the archive, and as read back from the database. Raises: BackupRefused; then nothing was written.
    """
    var_dir, written = runtime.settings.var_dir, list[Path]()
    try:
        with ZipFile(source) as archive:
            facts = manifest.read(archive)
            _check_folder(var_dir)
            with runtime.db.write(in_time=False) as conn:
                _restore_tables(conn, archive, facts, watch)
                for name in facts.files:
                    written.append(_restore_file(archive, facts, name, var_dir))
                migrations.upgrade(conn)
    except (BadZipFile, OSError, EOFError, KeyError, ValueError, DBAPIError) as error:
        _remove(written)
        raise BackupRefused("a whole backup", f"{type(error).__name__}: {error}") from error
    except BaseException:
        _remove(written)
        raise
    return facts


def _check_folder(var_dir: Path) -> None:
    for folder in (var_dir / "keys", var_dir / "apps"):
        if folder.is_dir() and any(folder.iterdir()):
            raise BackupRefused(
                "an empty var folder", f"{folder} with files in it", "set MZT_VAR_DIR to a new one"
            )


def _restore_tables(conn: Connection, archive: ZipFile, facts: Manifest, watch: Watch) -> None:
    if rows.tables(conn):
        raise BackupRefused("an empty database", "one that has tables", "set MZT_VAR_DIR or MZT_DATABASE_URL")
    try:
        migrations.upgrade(conn, facts.revision)
    except CommandError as error:
        expected = "a backup of this version of the program, or an older one"
        raise BackupRefused(expected, f"schema revision {facts.revision}") from error
    found = rows.tables(conn)
    if {table.name for table in found} != facts.tables.keys():
        raise BackupRefused(f"the tables of revision {facts.revision}", ", ".join(facts.tables))
    total, done = sum(table.rows for table in facts.tables.values()), 0
    for table in found:
        for size in _restore_table(conn, archive, facts, table):
            done += size
            watch(table.name, done, total)
    restored = {table.name: rows.digest(conn, table) for table in found}
    _compare("ledger", rows.ledger_digest(restored), facts.ledger_sha256)


def _restore_table(conn: Connection, archive: ZipFile, facts: Manifest, table: Table) -> Iterator[int]:
    expected, read = facts.tables[table.name], sha256()

    def lines() -> Iterator[bytes]:
        with archive.open(f"tables/{table.name}.jsonl") as file:
            for line in file:
                read.update(line)
                yield line

    yield from rows.insert_lines(conn, table, lines())
    _compare(f"table {table.name} of the archive", read.hexdigest(), expected.sha256)
    _compare(f"table {table.name} as restored", rows.digest(conn, table), expected.sha256)
    rows.continue_counting(conn, table)


def _restore_file(archive: ZipFile, facts: Manifest, name: str, var_dir: Path) -> Path:
    data, path = archive.read(name), var_dir / name
    _compare(f"file {name}", sha256(data).hexdigest(), facts.files[name])
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    return path


def _compare(what: str, received: str, expected: str) -> None:
    if received != expected:
        raise BackupRefused(f"{what} with digest {expected}", f"digest {received}")


def _remove(written: list[Path]) -> None:
    for path in written:
        path.unlink(missing_ok=True)
