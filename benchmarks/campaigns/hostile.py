"""100,000 hostile requests to every route on SQLite, from three seeds, and 10,000 on PostgreSQL.

On each engine also what schemathesis makes of the OpenAPI document, by token and by session.
"""

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

from minzhengtong.base.clock import SystemClock
from minzhengtong.run import migrations
from minzhengtong.run.seed import seed
from tests.engines import databases
from tests.engines.seeding import open_runtime
from tests.faults.documented import WAYS, Documented
from tests.faults.hostile import Hostile
from tests.world.world import World

EXAMPLES = 500
"""Of each operation, at random; its edges come on top."""


def run() -> Iterator[str]:
    """One line for each seed."""
    logging.disable(logging.CRITICAL)  # refusals of spoiled tokens, by the thousand
    with tempfile.TemporaryDirectory() as folder:
        url = databases.sqlite_url(Path(folder) / "hostile.db")
        for number, count in ((1, 34_000), (2, 33_000), (3, 33_000)):
            yield f"sqlite: seed {number}: {_shoot(_house(Path(folder), url), number, count)}"
        yield from _documented("sqlite", _house(Path(folder), url))
    with tempfile.TemporaryDirectory() as folder, databases.fresh_postgresql() as url:
        yield f"postgresql: seed 4: {_shoot(_house(Path(folder), url), 4, 10_000)}"
        yield from _documented("postgresql", _house(Path(folder), url))


def _house(folder: Path, url: str) -> World:
    runtime = open_runtime(folder / "var", url, SystemClock())
    with runtime.db.write() as conn:
        migrations.upgrade(conn)
    seed(runtime)
    return World.of(runtime)


def _shoot(house: World, number: int, count: int) -> str:
    hostile = Hostile(house, number)
    hostile.shoot(count)
    assert hostile.faults == []  # noqa: S101
    house.runtime.db.dispose()
    return f"{count} requests, 0 of them 5xx, slowest {hostile.slowest * 1000:.0f} ms"


def _documented(engine: str, house: World) -> Iterator[str]:
    for way in WAYS:
        documented = Documented(house, way, seed=2)
        for operation in documented.operations():
            documented.call(operation, EXAMPLES)
        yield f"{engine}: OpenAPI by {way}: {documented.answers.total()} requests, every check held"
    house.runtime.db.dispose()
