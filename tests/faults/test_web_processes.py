"""Where there are as many web processes as cores, each keeps to one, and so does whoever takes its place."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.cluster import Cluster, cluster, kill, wait_until


@contextmanager
def two_cores() -> Iterator[set[int]]:
    """What is started here may run on two cores of the machine; on one if it has no more."""
    all_cores = os.sched_getaffinity(0)
    some = set(sorted(all_cores)[:2])
    os.sched_setaffinity(0, some)
    try:
        yield some
    finally:
        os.sched_setaffinity(0, all_cores)


def each_alone(running: Cluster, cores: set[int]) -> bool:
    """Whether every web process may run on one core, and together they have all."""
    kept = [os.sched_getaffinity(pid) for pid in running.web_processes]
    return len(kept) == 2 and all(len(one) == 1 for one in kept) and set().union(*kept) == cores


def test_each_keeps_to_a_core_and_so_does_its_successor(tmp_path: Path) -> None:
    with two_cores() as cores, cluster("sqlite", tmp_path) as running:
        wait_until(lambda: each_alone(running, cores), "a core for each")
        for killed in running.web_processes:
            kill(killed)
            wait_until(lambda: killed not in running.web_processes, "it is gone")  # noqa: B023
            wait_until(lambda: each_alone(running, cores), "the same cores again")
        assert os.sched_getaffinity(running.worker) == cores
