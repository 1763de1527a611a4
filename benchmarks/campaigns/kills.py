"""20 kills and 10,000 payments on each engine: half power cuts of everything, half one web process."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.faults.cluster import cluster
from tests.faults.paying import crash, pay_while, power_cut

KILLS, PAYMENTS = 20, 10_000


def run() -> Iterator[str]:
    """One line for each engine."""
    for engine in ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory() as folder, cluster(engine, Path(folder)) as running:
            books = pay_while(running, [power_cut, crash] * (KILLS // 2), payments=PAYMENTS, seed=20)
        restarts = sorted(books.restarts)
        yield (
            f"{engine}: {len(books.told)} payments, {KILLS} kills, {books.asked_again} asked again: "
            "0 lost, 0 changed, 0 doubled; restart to first answer "
            f"median {restarts[len(restarts) // 2]:.2f} s, slowest {restarts[-1]:.2f} s"
        )
