"""Calls are noted for whoever finds the process dead, and made also when they cannot be noted."""

import os
from pathlib import Path

import pytest

from minzhengtong.hosting.calls import Calls


def test_a_call_is_noted_while_it_runs(tmp_path: Path) -> None:
    calls = Calls(tmp_path / "apps", ["clinic", "transit"])
    with calls.noted("transit"):
        assert Calls(tmp_path / "apps", ["clinic", "transit"]).of_dead(os.getpid()) == ["transit"]
    assert calls.of_dead(os.getpid()) == []


def test_a_call_that_cannot_be_noted_is_made_and_later_ones_are_noted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "apps").write_text("a file where the folder should be")
    calls = Calls(tmp_path / "apps", ["transit"])
    with calls.noted("transit"):
        (tmp_path / "apps").unlink()
    assert "calls of mini-app transit are not noted" in caplog.text
    with calls.noted("transit"):
        assert calls.of_dead(os.getpid()) == ["transit"]
