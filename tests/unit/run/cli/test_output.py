"""Where the output goes changes no command: the exit code tells what was done."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

import pytest

from minzhengtong.base.settings import Settings
from minzhengtong.registry.apps import all_apps
from minzhengtong.runtime import Runtime
from tests.engines import prepared
from tests.unit.registry.manifests import remote

FULL = Path("/dev/full")
"""A file of Linux on a disk without space."""


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    prepared.copy_to(tmp_path / "var")
    return Runtime.open(Settings.from_env({"MZT_VAR_DIR": str(tmp_path / "var")}))


def typed(runtime: Runtime, *words: str, to: IO[Any] | int | None = None) -> subprocess.CompletedProcess[str]:
    """Type a command whose output goes to `to`, or to a file that takes nothing."""
    environment = os.environ | {"MZT_VAR_DIR": str(runtime.settings.var_dir)}
    command = [sys.executable, "-m", "minzhengtong", *words]
    with FULL.open("w") as full:
        return subprocess.run(command, env=environment, stdout=to or full, stderr=subprocess.PIPE, text=True)


def test_what_was_done_stays_done_and_is_told(runtime: Runtime, tmp_path: Path) -> None:
    for words in (("keys", "rotate", "--use", "id_token"), ("backup", str(tmp_path / "day.zip")), ("seed",)):
        done = typed(runtime, *words)
        assert done.returncode == 0, done.stderr
        assert done.stderr.lstrip() == "Not all output could be written: No space left on device.\n"


def test_a_command_that_only_prints_fails_without_blaming_the_data_folder(runtime: Runtime) -> None:
    for words in (("keys", "list"), ("miniapp", "list")):
        done = typed(runtime, *words)
        assert done.returncode == 2
        assert "the output cannot be written: No space left on device" in done.stderr
        assert "MZT_VAR_DIR" not in done.stderr


def test_an_app_whose_secret_cannot_be_shown_is_not_registered(runtime: Runtime, tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps(remote("http://127.0.0.1:9000", 7)), "utf-8")
    assert typed(runtime, "miniapp", "add", str(manifest)).returncode == 2
    with runtime.db.read() as conn:
        assert {app.hosting_kind for app in all_apps(conn)} == {"inprocess"}


def test_a_reader_that_wants_no_more_is_no_failure(runtime: Runtime) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = typed(runtime, "keys", "list", to=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")
