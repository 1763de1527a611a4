"""Slow clients of each kind alone and all together for 10 s: how four others are answered, beside a base."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.faults.cluster import Cluster, cluster
from tests.faults.slow import ATTACKS, Attack, attacked, times_of_others

SECONDS = 10.0


def run() -> Iterator[str]:
    """One line for the base and for each attack. The aim, not asserted, is a p99 below twice the base's."""
    with tempfile.TemporaryDirectory() as folder, cluster("sqlite", Path(folder)) as running:
        times_of_others(running.port, 2)  # every page is built once
        base = _p99_ms(running)
        yield f"no attack: p99 {base:.1f} ms"
        for attack in ATTACKS:
            yield _line(attack.__name__, _p99_ms(running, attack), base)
        yield _line("all together", _p99_ms(running, *ATTACKS), base)


def _p99_ms(running: Cluster, *attacks: Attack) -> float:
    with attacked(running.port, *attacks):
        times = sorted(times_of_others(running.port, SECONDS))
    return times[int(len(times) * 0.99)] * 1000


def _line(name: str, p99_ms: float, base_ms: float) -> str:
    return f"{name.replace('_', ' ')}: p99 {p99_ms:.1f} ms ({p99_ms / base_ms:.1f} x)"
