"""Keeps a child running for each job, and ends them all together."""

import logging
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from minzhengtong.run.forking import Job, fork
from minzhengtong.run.stopping import StopFlag

TICK_SECONDS = 0.05
SHORT_LIFE_SECONDS = RESTART_PAUSE_SECONDS = 1.0
"""A child that lived shorter is replaced after a pause: one that cannot start must not keep a core busy."""
FROZEN_SECONDS = 30.0
"""A child whose heartbeat stops is killed after this: an app may hold the interpreter for ever in one regular
expression, and then no time limit inside the process works."""
KILL_AFTER_SECONDS = 5.0

log = logging.getLogger(__name__)


class _Child(NamedTuple):
    job: Job
    born_at: float


def supervise(
    jobs: Sequence[Job],
    *,
    before_fork: Callable[[], None] = lambda: None,
    after_death: Callable[[int], None] = lambda pid: None,
    when_ready: Callable[[], None] = lambda: None,
) -> int:
    """Run each job in a child until a stop signal comes; return the exit code.

    A child that ends is replaced; `after_death` gets its pid. `before_fork` closes what children may not
    share. They end with this process, even when it is killed.
    """
    stopping = StopFlag()
    running: dict[int, _Child] = {}

    def start(job: Job) -> None:
        before_fork()
        if job.heartbeat:
            job.heartbeat.start_again()
        running[fork(job)] = _Child(job, time.monotonic())

    for job in jobs:
        start(job)
    when_ready()
    while not stopping():
        _kill_frozen(running)
        for pid, code in _ended():
            if child := running.pop(pid, None):
                log.warning("%s process %d ended with code %d, starting another", child.job.name, pid, code)
                after_death(pid)
                _pause_after(child)
                start(child.job)
        time.sleep(TICK_SECONDS)
    _end(set(running))
    return 0


def _ended() -> Iterator[tuple[int, int]]:
    """Pid and exit code of each child that has ended. PID 1 of a container gets others' too."""
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            yield ended[0], os.waitstatus_to_exitcode(ended[1])


def _kill_frozen(running: dict[int, _Child]) -> None:
    for pid, child in running.items():
        beat = child.job.heartbeat
        if beat and beat.missed() * TICK_SECONDS > FROZEN_SECONDS:
            log.error("%s process %d has not run for %g s", child.job.name, pid, FROZEN_SECONDS)
            os.kill(pid, signal.SIGKILL)


def _pause_after(child: _Child) -> None:
    if time.monotonic() - child.born_at < SHORT_LIFE_SECONDS:
        time.sleep(RESTART_PAUSE_SECONDS)


def _end(running: set[int]) -> None:
    """Ask the children to stop, and kill those that are left after the grace time."""
    deadline = time.monotonic() + KILL_AFTER_SECONDS
    _signal(running, signal.SIGTERM)
    while running and time.monotonic() < deadline:
        running -= {pid for pid, _ in _ended()}
        time.sleep(TICK_SECONDS)
    _signal(running, signal.SIGKILL)
    for pid in running:
        os.waitpid(pid, 0)


def _signal(pids: set[int], number: int) -> None:
    for pid in pids:
        os.kill(pid, number)
