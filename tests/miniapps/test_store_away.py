"""An app's own database cannot be opened, as on a full disk: its pages are 503, it is not quarantined."""

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from minzhengtong.registry.apps import app_by_slug
from minzhengtong.sdk.store import is_away
from tests.world.browser import Browser
from tests.world.facts import PLATFORM, TRANSIT
from tests.world.world import World


@contextmanager
def out_of_reach(world: World) -> Iterator[None]:
    """A folder in the file's place: to SQLite that is one of many ways in which it cannot open it."""
    file = world.runtime.settings.var_dir / "apps" / "transit.db"
    aside = file.with_suffix(".aside")
    if file.exists():
        file.rename(aside)
    file.mkdir(parents=True)
    yield
    file.rmdir()
    if aside.exists():
        aside.rename(file)


def is_active(world: World) -> bool:
    with world.runtime.db.read() as conn:
        return app_by_slug(conn, "transit").is_active


def test_an_app_whose_store_cannot_be_opened_is_not_quarantined(world: World) -> None:
    browser = world.browser()
    with out_of_reach(world):
        page = browser.look(TRANSIT + "/")
        assert (page.status_code, page.headers["Retry-After"]) == (503, "2")
        assert "这个服务现在存取不了数据" in page.text
        assert is_active(world)
    assert browser.look(TRANSIT + "/").status_code == 303


def test_an_app_answers_503_while_its_store_is_away(world: World, lin: Browser) -> None:
    assert lin.open_app(TRANSIT + "/").status_code == 200
    with out_of_reach(world):
        page = lin.look(TRANSIT + "/")
        assert (page.status_code, page.headers["Retry-After"]) == (503, "2")
        assert "store_unavailable" in page.text
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
        assert "cannot reach its data" in lin.look(TRANSIT + "/", **{"Accept-Language": "en"}).text
        assert lin.get(PLATFORM + "/wallet").status_code == 200
    assert lin.look(TRANSIT + "/").status_code == 200


def full(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA max_page_count=2")
        connection.execute("INSERT INTO a VALUES (zeroblob(100000))")


def read_only(file: Path) -> None:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        connection.execute("INSERT INTO a VALUES (1)")


def not_there(file: Path) -> None:
    with closing(sqlite3.connect(file / "below")) as connection:
        connection.execute("SELECT 1")


def locked(file: Path) -> None:
    with closing(sqlite3.connect(file)) as one, closing(sqlite3.connect(file, timeout=0)) as other:
        one.execute("BEGIN EXCLUSIVE")
        other.execute("SELECT * FROM a")


def no_room(file: Path) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def misspelled(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("SELECT * FROM nothing")


def no_such_file(file: Path) -> None:
    (file.parent / "licence").read_text()


@pytest.mark.parametrize(
    ("fail", "away"),
    [
        (full, True),
        (read_only, True),
        (not_there, True),
        (locked, True),
        (no_room, True),
        (misspelled, False),
        (no_such_file, False),
    ],
)
def test_faults_of_the_machine_are_not_taken_for_the_apps(
    tmp_path: Path, fail: Callable[[Path], None], away: bool
) -> None:
    file = tmp_path / "app.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE a (b)")
    with pytest.raises((sqlite3.Error, OSError)) as raised:
        fail(file)
    assert is_away(raised.value) is away
