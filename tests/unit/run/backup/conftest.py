"""A simulator with a day behind it, and empty places to restore it to."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from minzhengtong.audit.log import record_entry
from minzhengtong.audit.seal import seal_entries
from minzhengtong.base.clock import Clock
from minzhengtong.codes.cose import CodeScope
from minzhengtong.codes.issue import issue_code
from minzhengtong.identity.people import person_by_id
from minzhengtong.identity.sessions import start_session
from minzhengtong.payments.ledger import Charge, charge
from minzhengtong.run.backup import rows
from minzhengtong.run.backup.write import write_backup
from minzhengtong.runtime import Runtime
from tests.engines import databases, seeding


def nothing(name: str, done: int, total: int) -> None:
    """Watch a backup without showing anything."""


def pay(runtime: Runtime, fen: int, key: str) -> None:
    """Lin pays at a gate, with a row in the log."""
    now = runtime.clock.now()
    texts = ("1 路公交", None, None, None)
    wanted = Charge("scan_1", "example.fuzhou.transit", "gate", "per_lin", fen, *texts, key)
    with runtime.db.write() as conn:
        charge(conn, now, wanted)
        record_entry(conn, now, "payment.made", actor="app:transit", person_id="per_lin", amount_fen=fen)


def digests(runtime: Runtime) -> dict[str, str]:
    """A digest of every table as it stands."""
    with runtime.db.snapshot() as conn:
        return {table.name: rows.digest(conn, table) for table in rows.tables(conn)}


@contextmanager
def empty_place(engine: str, folder: Path, clock: Clock) -> Iterator[Runtime]:
    """A var folder and a database with nothing in them."""
    folder.mkdir(exist_ok=True)
    if engine == "sqlite":
        yield from _open(databases.sqlite_url(folder / "empty.db"), folder, clock)
    else:
        with databases.fresh_postgresql("template1") as url:
            yield from _open(url, folder, clock)


def _open(url: str, folder: Path, clock: Clock) -> Iterator[Runtime]:
    place = seeding.open_runtime(folder / "var", url, clock)
    try:
        yield place
    finally:
        place.db.dispose()


def use(runtime: Runtime) -> Runtime:
    """Leave codes, a login, payments, sealed and unsealed log entries, an app's store."""
    now = runtime.clock.now()
    with runtime.db.write() as conn:
        start_session(conn, now, person_by_id(conn, "per_lin"), ("pwd",))
        keys = runtime.keyring.current(conn)
        issue_code(conn, now, keys, "per_lin", "350100", CodeScope.PAY)
    for number in range(5):
        pay(runtime, 200 + number, f"k{number}")
    with runtime.db.write() as conn:
        seal_entries(conn)
    pay(runtime, 1, "late")
    return runtime


@pytest.fixture
def used(runtime: Runtime) -> Runtime:
    return use(runtime)


@pytest.fixture
def archive(used: Runtime, tmp_path: Path) -> Path:
    write_backup(used, tmp_path / "day.zip", nothing)
    return tmp_path / "day.zip"
