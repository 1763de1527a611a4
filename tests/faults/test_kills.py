"""kill -9 while people pay: nothing acknowledged is lost, changed or doubled."""

from pathlib import Path

import pytest

from tests.faults.cluster import cluster
from tests.faults.killing import pay_while_killing


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_what_was_acknowledged_survives_every_kill(engine: str, tmp_path: Path) -> None:
    with cluster(engine, tmp_path) as running:
        books = pay_while_killing(running, payments=150, kills=2, seed=1)
    assert books.kills == 2
    assert len(books.told) >= 150
    assert books.asked_again > 0
