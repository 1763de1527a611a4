"""Other users of the machine read nothing of the data folder."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from minzhengtong.base.private import FolderShared
from minzhengtong.base.settings import Settings
from minzhengtong.run.cli import main
from minzhengtong.runtime import Runtime
from minzhengtong.sdk.store import Store


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    """As most systems have it: what is made is readable for all."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def var_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MZT_VAR_DIR", str(tmp_path / "var"))
    return tmp_path / "var"


def modes(folder: Path) -> dict[str, str]:
    """The modes of a folder and all that is in it, by name."""
    found = (folder, *folder.rglob("*"))
    return {path.name: f"{stat.S_IMODE(path.stat().st_mode):o}" for path in found}


def assert_private(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_all_that_commands_make_is_private(var_dir: Path, clock) -> None:
    for words in (["migrate"], ["seed"], ["backup", str(var_dir / "day.zip")]):
        assert CliRunner().invoke(main, words).exit_code == 0
    store = Store(var_dir / "apps" / "transit.db", clock.now)
    with (
        closing(sqlite3.connect(var_dir / "minzhengtong.db")) as held,
        closing(sqlite3.connect(var_dir / "apps" / "transit.db")) as held_store,
    ):
        held.execute("UPDATE account SET balance_fen = balance_fen")
        held_store.execute("DELETE FROM record")
        store.of("visit", "someone")
        names = modes(var_dir)
        assert {"minzhengtong.db-wal", "minzhengtong.db-shm", "transit.db-wal", "day.zip"} <= names.keys()
        assert_private(var_dir)


def test_an_older_versions_folder_is_closed(var_dir: Path) -> None:
    (var_dir / "apps").mkdir(parents=True)
    for name in ("minzhengtong.db", "minzhengtong.db-wal", "apps/transit.db"):
        (var_dir / name).touch()
    assert modes(var_dir)["minzhengtong.db"] == "644"
    Runtime.open(Settings.from_env())
    assert_private(var_dir)


def test_a_database_elsewhere_is_closed(tmp_path: Path) -> None:
    database = tmp_path / "elsewhere.db"
    database.touch()
    names = {"MZT_VAR_DIR": str(tmp_path / "var"), "MZT_DATABASE_URL": f"sqlite:///{database}"}
    Runtime.open(Settings.from_env(names))
    assert modes(tmp_path)["elsewhere.db"] == "600"


def test_a_folder_of_other_things_is_refused_and_kept(var_dir: Path) -> None:
    var_dir.mkdir()
    (var_dir / "letter.txt").touch()
    before = modes(var_dir)
    with pytest.raises(FolderShared, match="mode 755"):
        Runtime.open(Settings.from_env())
    refused = CliRunner().invoke(main, ["migrate"])
    assert (refused.exit_code, "chmod 700" in refused.output) == (2, True)
    assert modes(var_dir) == before
