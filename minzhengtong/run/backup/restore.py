"""Restores a backup into an empty database and folder, all or nothing, and checks it before it is kept."""

import os
import zlib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile

from alembic.util import CommandError
from sqlalchemy import Connection, Table
from sqlalchemy.exc import SQLAlchemyError

from minzhengtong.audit.seal import Anchor, AuditCheck, verify_chain
from minzhengtong.payments.summary import summary
from minzhengtong.run import migrations
from minzhengtong.run.backup import manifest, rows
from minzhengtong.run.backup.manifest import BackupRefused, Manifest
from minzhengtong.run.backup.sizes import check_sizes, lines_of
from minzhengtong.run.backup.write import Watch
from minzhengtong.runtime import Runtime

_UNREADABLE = (
    BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    RuntimeError,
    LookupError,
    TypeError,
    ValueError,
    ArithmeticError,
    SQLAlchemyError,
)
"""What reading a spoiled archive raises, from zipfile, zlib, json and the database.

RuntimeError includes RecursionError of json, and NotImplementedError of zipfile.
"""


class Restored(NamedTuple):
    """The archive's manifest, and what the check of the log found."""

    facts: Manifest
    log: AuditCheck


def restore_backup(runtime: Runtime, source: Path, watch: Watch, anchor: Anchor | None = None) -> Restored:
    """Fill an empty database and var folder from an archive, then upgrade the schema to the newest revision.

    A backup of either engine can be restored to either. Each table's digest is checked twice: as read from
    the archive, and as read back from the database; then the log's chain and the ledger's sums. An
    archive in which all of these were made again is found only by an `anchor` from elsewhere, and not in
    tables that neither the log nor the ledger covers, such as roles. Raises: BackupRefused; then nothing was
    written.
    """
    var_dir, written = runtime.settings.var_dir, list[Path]()
    try:
        with ZipFile(source) as archive:
            check_sizes(archive, source)
            facts = manifest.read(archive)
            _check_folder(var_dir)
            with runtime.db.write(in_time=False) as conn:
                _restore_tables(conn, archive, facts, watch)
                migrations.upgrade(conn)
                checked = _check_contents(conn, anchor)
                for name in facts.files:
                    written.append(var_dir / name)
                    _restore_file(archive, facts, name, var_dir)
    except _UNREADABLE as error:
        _remove(written)
        raise BackupRefused("a whole backup", f"{type(error).__name__}: {str(error)[:500]}") from error
    except BaseException:  # Ctrl-C too leaves no file behind
        _remove(written)
        raise
    return Restored(facts, checked)


def _check_contents(conn: Connection, anchor: Anchor | None) -> AuditCheck:
    checked, ledger = verify_chain(conn, anchor), summary(conn)
    if checked.fault:
        raise BackupRefused("a log whose chain holds", checked.fault)
    if not ledger.is_right:
        sums = f"sum {ledger.sum_fen} fen, {ledger.unpaid_payments} unpaid payments"
        raise BackupRefused("a ledger that adds up", f"{sums}, wrong balances: {', '.join(ledger.faults)}")
    return checked


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
            for number, line in enumerate(lines_of(file)):
                if number == expected.rows:
                    raise BackupRefused(f"{expected.rows:,} rows of {table.name}", "more")
                read.update(line)
                yield line

    yield from rows.insert_lines(conn, table, lines())
    _compare(f"table {table.name} of the archive", read.hexdigest(), expected.sha256)
    _compare(f"table {table.name} as restored", rows.digest(conn, table), expected.sha256)
    rows.continue_counting(conn, table)


def _restore_file(archive: ZipFile, facts: Manifest, name: str, var_dir: Path) -> None:
    path, read = var_dir / name, sha256()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(made, "wb") as file, archive.open(name) as source:
        while part := source.read(1 << 20):
            read.update(part)
            file.write(part)
    _compare(f"file {name}", read.hexdigest(), facts.files[name])


def _compare(what: str, received: str, expected: str) -> None:
    if received != expected:
        raise BackupRefused(f"{what} with digest {expected}", f"digest {received}")


def _remove(written: list[Path]) -> None:
    for path in written:
        path.unlink(missing_ok=True)
