"""Writes a backup while the simulator runs: a snapshot of the database, then keys and app stores."""

import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import Connection, Table, select, text
from sqlalchemy.exc import DBAPIError

from minzhengtong.run.backup import manifest, rows
from minzhengtong.run.backup.manifest import BackupRefused, Manifest, TableFacts
from minzhengtong.runtime import Runtime

Watch = Callable[[str, int, int], None]
"""Called to report progress: the table being copied, rows done, rows in total."""


def write_backup(runtime: Runtime, target: Path, watch: Watch) -> Manifest:
    """Write the archive `target` with mode 0600, because it holds private keys.

    It blocks neither readers nor writers. Until the archive is complete its name ends in `.part`.
    Raises: BackupRefused when the file exists or the database was never migrated.
    """
    with _finished(target) as part, ZipFile(part, "w", ZIP_DEFLATED) as archive:
        with runtime.db.snapshot(in_time=False) as conn:
            revision, tables = _revision(conn), _write_tables(conn, archive, watch)
        # Files after the snapshot: a key's file is written before its row is committed, so none is missing.
        files = dict(_write_files(runtime.settings.var_dir, archive))
        made = Manifest(
            format=1,
            made_at=runtime.clock.now(),
            engine=runtime.db.engine.dialect.name,
            revision=revision,
            ledger_sha256=rows.ledger_digest({name: facts.sha256 for name, facts in tables.items()}),
            tables=tables,
            files=files,
        )
        archive.writestr(manifest.NAME, made.model_dump_json(indent=2))
    return made


@contextmanager
def _finished(target: Path) -> Iterator[Path]:
    """Open a file with mode 0600 that is renamed to `target` once it is complete and synced to disk."""
    part = target.with_name(target.name + ".part")
    if target.exists():
        raise BackupRefused("a new file name", f"{target}, which exists")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise BackupRefused("a folder to write to, without an unfinished backup", str(error)) from error
    try:
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)


def _revision(conn: Connection) -> str:
    try:
        revision: str = conn.execute(
            select(text("version_num")).select_from(text(rows.REVISIONS))
        ).scalar_one()
    except DBAPIError as error:
        raise BackupRefused("a migrated database", "one without a schema") from error
    return revision


def _write_tables(conn: Connection, archive: ZipFile, watch: Watch) -> dict[str, TableFacts]:
    found = rows.tables(conn)
    total, done = sum(rows.count(conn, table) for table in found), 0
    facts = {}
    for table in found:
        watch(table.name, done, total)
        facts[table.name] = _write_table(conn, archive, table)
        done += facts[table.name].rows
    watch("", done, total)
    return facts


def _write_table(conn: Connection, archive: ZipFile, table: Table) -> TableFacts:
    total, number = sha256(), 0
    with archive.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as file:
        for line in rows.lines(conn, table):
            file.write(line)
            total.update(line)
            number += 1
    return TableFacts(rows=number, sha256=total.hexdigest())


def _write_files(var_dir: Path, archive: ZipFile) -> Iterator[tuple[str, str]]:
    """Write keys and app stores; other files there, as `.DS_Store` or an editor's copy, are left out."""
    for read, path in [
        *((Path.read_bytes, path) for path in sorted((var_dir / "keys").iterdir())),
        *((_copy_of, path) for path in sorted((var_dir / "apps").glob("*.db"))),
    ]:
        name = f"{path.parent.name}/{path.name}"
        if re.fullmatch(manifest.FILE_NAME, name):
            yield _write_file(archive, name, read(path))


def _write_file(archive: ZipFile, name: str, data: bytes) -> tuple[str, str]:
    archive.writestr(name, data)
    return name, sha256(data).hexdigest()


def _copy_of(store: Path) -> bytes:
    """Return a consistent copy of an app's store, to which the app may be writing."""
    with TemporaryDirectory() as folder:
        copy = Path(folder) / store.name
        with closing(sqlite3.connect(store)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        return copy.read_bytes()
