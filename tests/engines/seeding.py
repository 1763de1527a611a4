"""A seeded simulator for every test: seeded once per process and engine, then copied. Builds no app."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from minzhengtong.base.clock import Clock
from minzhengtong.base.settings import Settings
from minzhengtong.runtime import Runtime
from tests.engines import databases


@dataclass(frozen=True)
class Seeded:
    """A template to copy: a database (file or name) and the var folder with its keys."""

    database: str
    var_dir: Path


def open_runtime(var_dir: Path, database_url: str, clock: Clock) -> Runtime:
    """A runtime as a process would open it, on this folder and database."""
    environment = {"MZT_VAR_DIR": str(var_dir), "MZT_DATABASE_URL": database_url}
    return Runtime.open(Settings.from_env(environment), clock)


def seed_sqlite(empty: Path, folder: Path, clock: Clock) -> Seeded:
    """Seed a copy of the migrated database."""
    url = databases.fresh_sqlite(empty, folder)
    seed(folder / "var", url, clock)
    return Seeded(str(folder / "minzhengtong.db"), folder / "var")


@contextmanager
def seed_postgresql(folder: Path, clock: Clock) -> Iterator[Seeded]:
    """Seed a copy of the migrated database, gone afterwards."""
    with databases.fresh_postgresql() as url:
        seed(folder / "var", url, clock)
        yield Seeded(url.rpartition("/")[2], folder / "var")


@contextmanager
def fresh_runtime(seeded: Seeded, folder: Path, clock: Clock) -> Iterator[Runtime]:
    """A runtime on a copy of `seeded`."""
    var_dir = Path(shutil.copytree(seeded.var_dir, folder / "var"))
    if seeded.database.endswith(".db"):
        yield from _closing(var_dir, databases.fresh_sqlite(Path(seeded.database), folder), clock)
    else:
        with databases.fresh_postgresql(seeded.database) as url:
            yield from _closing(var_dir, url, clock)


def _closing(var_dir: Path, url: str, clock: Clock) -> Iterator[Runtime]:
    runtime = open_runtime(var_dir, url, clock)
    yield runtime
    runtime.db.dispose()


def seed(var_dir: Path, url: str, clock: Clock) -> None:
    """Put all that a new simulator needs into a migrated database and a data folder."""
    from minzhengtong.run import seed as seeds

    runtime = open_runtime(var_dir, url, clock)
    seeds.seed(runtime)
    runtime.db.dispose()
