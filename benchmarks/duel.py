"""Loads two servers in turns, round by round, so that a busy machine slows both alike."""

import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any, NamedTuple

from benchmarks.load import Wire, drive
from benchmarks.servers import Server

ROUNDS = 9
_SETTLE_SECONDS = 0.6
"""What a server does after its last answer is part of their price."""


class Side(NamedTuple):
    """A server and its work: `jobs` gives fresh ones for each round."""

    server: Server
    task: Callable[[Wire, Any], None]
    jobs: Callable[[], Sequence[Any]]


class Score(NamedTuple):
    """Jobs a second and CPU milliseconds a job: ours, theirs, and our rate by theirs, our cost by theirs."""

    rate: float
    their_rate: float
    rate_ratio: float
    cpu_ms: float
    their_cpu_ms: float
    cpu_ratio: float


def duel(ours: Side, theirs: Side) -> Score:
    """The medians over the rounds, of which a first one to warm up does not count."""
    sides = (ours, theirs)
    figures: list[tuple[tuple[float, float], tuple[float, float]]] = []
    for number in range(ROUNDS + 1):
        order = (0, 1) if number % 2 else (1, 0)
        found = {index: _round(sides[index]) for index in order}
        figures.append((found[0], found[1]))
    counted = figures[1:]
    ratios = [(mine[0] / other[0], mine[1] / other[1]) for mine, other in counted]
    return Score(
        median(mine[0] for mine, _ in counted),
        median(other[0] for _, other in counted),
        median(rate for rate, _ in ratios),
        median(mine[1] for mine, _ in counted),
        median(other[1] for _, other in counted),
        median(cost for _, cost in ratios),
    )


def _round(side: Side) -> tuple[float, float]:
    jobs = side.jobs()
    before = side.server.cpu_seconds()
    seconds = drive(side.server.port, side.task, jobs)
    time.sleep(_SETTLE_SECONDS)
    spent = side.server.cpu_seconds() - before
    return len(jobs) / seconds, spent / len(jobs) * 1000
