"""100,000 hostile requests to every route on SQLite, from three seeds, and 10,000 on PostgreSQL."""

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

from minzhengtong import migrations
from minzhengtong.core.clock import SystemClock
from minzhengtong.seed import seed
from tests.engines import databases
from tests.engines.seeding import open_runtime
from tests.faults.hostile import Hostile
from tests.rules.conftest import house_of


def run() -> Iterator[str]:
    """One line for each seed."""
    logging.disable(logging.CRITICAL)  # refusals of spoiled tokens, by the thousand
    with tempfile.TemporaryDirectory() as folder:
        url = databases.sqlite_url(Path(folder) / "hostile.db")
        for number, count in ((1, 34_000), (2, 33_000), (3, 33_000)):
            yield f"sqlite: seed {number}: {_shoot(Path(folder), url, number, count)}"
    with tempfile.TemporaryDirectory() as folder, databases.fresh_postgresql() as url:
        yield f"postgresql: seed 4: {_shoot(Path(folder), url, 4, 10_000)}"


def _shoot(folder: Path, url: str, number: int, count: int) -> str:
    runtime = open_runtime(folder / "var", url, SystemClock())
    with runtime.db.transaction() as conn:
        migrations.upgrade(conn)
    seed(runtime)
    hostile = Hostile(house_of(runtime), number)
    hostile.shoot(count)
    runtime.db.dispose()
    accepted = hostile.plain[True] / hostile.plain.total()
    return (
        f"{count} requests, 0 of them 5xx, slowest {hostile.slowest * 1000:.0f} ms, "
        f"{accepted:.0%} of {hostile.plain.total()} plain ones accepted"
    )
