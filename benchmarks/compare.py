"""Times a candidate against its baseline in alternating rounds, so that a busy machine slows both alike."""

from collections.abc import Callable
from statistics import median
from time import perf_counter_ns
from typing import NamedTuple

_ROUNDS = 31
_ROUND_US = 20_000


class Row(NamedTuple):
    """One line of the table; `ratio` is baseline time by candidate time, so more is faster."""

    name: str
    baseline: str
    baseline_us: float
    candidate_us: float
    ratio: float
    goal: str


def compare(
    name: str,
    baseline: tuple[str, Callable[[], object]],
    candidate: Callable[[], object],
    *,
    goal: str,
) -> Row:
    """Return medians over the rounds, in microseconds a call, and the median of the rounds' own ratios."""
    label, run_baseline = baseline
    calls = {run: max(1, int(_ROUND_US / _microseconds(run, 2))) for run in (run_baseline, candidate)}
    pairs = []
    for number in range(_ROUNDS):
        order = (run_baseline, candidate) if number % 2 else (candidate, run_baseline)
        times = {run: _microseconds(run, calls[run]) for run in order}
        pairs.append((times[run_baseline], times[candidate]))
    return Row(
        name,
        label,
        median(base for base, _ in pairs),
        median(ours for _, ours in pairs),
        median(base / ours for base, ours in pairs),
        goal,
    )


def _microseconds(run: Callable[[], object], calls: int) -> float:
    start = perf_counter_ns()
    for _ in range(calls):
        run()
    return (perf_counter_ns() - start) / calls / 1000
