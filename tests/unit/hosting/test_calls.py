"""Calls are counted in a file for the parent; a call that cannot be counted is made all the same."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from minzhengtong.hosting.limits.calls import Calls


def test_a_call_is_counted_while_it_runs(tmp_path: Path) -> None:
    calls = Calls(tmp_path / "apps", ["clinic", "transit"])
    with calls.noted("transit"):
        assert Calls(tmp_path / "apps", ["clinic", "transit"]).of_dead(os.getpid()) == ["transit"]
    assert calls.of_dead(os.getpid()) == []


def test_a_call_that_cannot_be_counted_is_made_and_later_ones_are_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "apps").write_text("a file where the folder should be")
    calls = Calls(tmp_path / "apps", ["transit"])
    with calls.noted("transit"):
        (tmp_path / "apps").unlink()
    assert "calls of mini-app transit are not counted" in caplog.text
    with calls.noted("transit"):
        assert calls.of_dead(os.getpid()) == ["transit"]


def test_only_files_of_dead_processes_are_deleted(tmp_path: Path) -> None:
    calls = Calls(tmp_path / "apps", ["transit"])
    calls.forget_dead()  # before any call was noted there is no folder
    with calls.noted("transit"):
        pass
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        pass
    for name in (f"{dead.pid}.calls", "1.calls", "notes.calls", "transit.db"):
        (tmp_path / "apps" / name).touch()
    calls.forget_dead()
    left = {path.name for path in (tmp_path / "apps").iterdir()}
    assert left == {f"{os.getpid()}.calls", "1.calls", "notes.calls", "transit.db"}
