"""The locks: whole, hashed, and naming no host, so that any index can serve them."""

import re
from pathlib import Path

import pytest

REQUIREMENTS = Path(__file__).parents[2] / "requirements"
PIN = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)


@pytest.fixture(params=["run.txt", "test.txt"])
def lock(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return (REQUIREMENTS / name).read_text()


def test_names_no_host(lock: str) -> None:
    assert "://" not in lock
    assert "index-url" not in lock


def test_every_pin_has_a_hash(lock: str) -> None:
    entries = re.split(r"\n(?=\S)", lock.strip())
    assert len(entries) > 20
    assert [entry for entry in entries if not PIN.match(entry) or "--hash=sha256:" not in entry] == []


def test_the_test_lock_holds_the_run_lock() -> None:
    run, test = (set(PIN.findall((REQUIREMENTS / name).read_text())) for name in ("run.txt", "test.txt"))
    assert run <= test
