"""kill -9 while people pay: nothing acknowledged is lost, changed or doubled."""

from pathlib import Path

import pytest

from tests.faults.cluster import cluster
from tests.faults.paying import crash, pay_while, power_cut


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_what_was_acknowledged_survives_every_kill(engine: str, tmp_path: Path) -> None:
    with cluster(engine, tmp_path) as running:
        books = pay_while(running, [power_cut, crash], payments=150, seed=1)
    assert len(books.told) >= 150
    assert books.asked_again > 0
