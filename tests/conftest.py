"""Fixtures for every test: clock, databases, browser. What builds the application is not here."""

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from minzhengtong.base.clock import FrozenClock
from minzhengtong.db.database import Database
from minzhengtong.runtime import Runtime
from tests.engines import chromium, databases, memory, network, seeding

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
"""Noon in Fujian on a Friday."""


def pytest_configure(config: pytest.Config) -> None:
    network.stay_on_loopback()
    if folder := memory.roomy_folder():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(folder))  # where pytest makes `tmp_path`
    if config.getoption("numprocesses", None):  # the controller of several processes: they share one server
        databases.prepare_postgresql()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Unload the plug-in of hypothesis if no test used it: it imports the library now, which takes long."""
    if "hypothesis" not in sys.modules:
        session.config.pluginmanager.unregister(name="hypothesispytest")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        databases.drop_template()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test with a database on SQLite, or on each engine that its mark or its module's names."""
    if "database_engine" in metafunc.fixturenames:
        mark = metafunc.definition.get_closest_marker("engines")
        metafunc.parametrize("database_engine", mark.args if mark else ["sqlite"])


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(NOON)


@pytest.fixture
def now(clock: FrozenClock) -> datetime:
    return clock.now()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    databases.migrate(databases.sqlite_url(path))
    return path


@pytest.fixture
def database_url(database_engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, migrated, empty database."""
    if database_engine == "sqlite":
        yield databases.fresh_sqlite(request.getfixturevalue("sqlite_template"), tmp_path)
    else:
        with databases.fresh_postgresql() as url:
            yield url


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.dispose()


@pytest.fixture(scope="session")
def _shared_templates() -> None:
    from tests.engines import templates  # imports Flask, which many tests do not need

    templates.share_compiled()


@pytest.fixture(scope="session")
def seeded_sqlite(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, _shared_templates: None
) -> seeding.Seeded:
    return seeding.seed_sqlite(sqlite_template, tmp_path_factory.mktemp("seeded_sqlite"), FrozenClock(NOON))


@pytest.fixture(scope="session")
def seeded_postgresql(
    tmp_path_factory: pytest.TempPathFactory, _shared_templates: None
) -> Iterator[seeding.Seeded]:
    with seeding.seed_postgresql(tmp_path_factory.mktemp("seeded_pg"), FrozenClock(NOON)) as seeded:
        yield seeded


@pytest.fixture
def runtime(
    database_engine: str, request: pytest.FixtureRequest, tmp_path: Path, clock: FrozenClock
) -> Iterator[Runtime]:
    """A seeded simulator of the test's own."""
    seeded = request.getfixturevalue(f"seeded_{database_engine}")
    with seeding.fresh_runtime(seeded, tmp_path, clock) as runtime:
        yield runtime


@pytest.fixture(scope="session")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the browser's camera shows: write an MJPEG here before the page opens the camera."""
    return tmp_path_factory.mktemp("camera") / "camera.mjpeg"


@pytest.fixture(scope="session")
def browser(camera: Path) -> "Iterator[Browser]":
    """One Chromium for each test process; make a context per person and close it."""
    with chromium.running(camera) as running:
        yield running
