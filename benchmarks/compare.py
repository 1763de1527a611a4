"""One figure beside its baseline and goal; two calls are timed in turns, so that both are slowed alike."""

from collections.abc import Callable
from statistics import median
from time import perf_counter_ns
from typing import NamedTuple

_ROUNDS = 31
_ROUND_US = 20_000


class Row(NamedTuple):
    """One line of the table. `ratio` is our speed by the baseline's, or in rows of CPU our cost by its."""

    figure: str
    unit: str
    ours: float
    baseline: str
    theirs: float | None
    ratio: float | None
    goal: str  # ">= 0.50 x" is about the ratio, "<= 80 MB" about our own value, "" is no goal

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None when there is none."""
        if not self.goal:
            return None
        sign, number, unit = self.goal.split()
        value = self.ratio if unit == "x" else self.ours
        return value is not None and (value >= float(number) if sign == ">=" else value <= float(number))


def compare(
    figure: str,
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
    ours, theirs = (median(pair[index] for pair in pairs) for index in (1, 0))
    return Row(figure, "us", ours, label, theirs, median(base / mine for base, mine in pairs), goal)


def _microseconds(run: Callable[[], object], calls: int) -> float:
    start = perf_counter_ns()
    for _ in range(calls):
        run()
    return (perf_counter_ns() - start) / calls / 1000
