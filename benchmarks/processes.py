"""What a tree of processes costs, read from /proc: CPU seconds and memory. Linux only."""

import os
from collections.abc import Iterable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def tree(root: int) -> list[int]:
    """A process and all that descends from it."""
    pids = [root]
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            pids += map(int, task.read_text().split())
    return pids


def parent_of(pid: int) -> int:
    """Who started a process."""
    return int(_stat(pid)[1])


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time so far of these processes, and of children that they have waited for."""
    return sum(_ticks(pid) for pid in pids) / _TICKS


def pss_mb(pids: Iterable[int]) -> float:
    """Proportional set size: a page that n processes share counts 1/n in each."""
    return sum(_rollup(pid, "Pss") for pid in pids) / 1024


def _ticks(pid: int) -> int:
    try:
        return sum(map(int, _stat(pid)[11:15]))
    except FileNotFoundError:  # it has ended since it was listed; its parent has its time
        return 0


def _stat(pid: int) -> list[str]:
    """The fields of proc_pid_stat(5) from the third on: the second may hold spaces."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _rollup(pid: int, field: str) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field + ":"))
