"""A web process of gunicorn's that keeps to its own core and leaves connections to its siblings."""

import mmap
import os
import sys
import time
from contextlib import suppress
from socket import socket
from typing import Any
from weakref import WeakValueDictionary

from gunicorn.workers.gthread import ThreadWorker

LEFT_SECONDS = 0.0005
"""How long a sibling has to take what it was left: an idle one needs a tenth of that."""

_newest_taker = memoryview(mmap.mmap(-1, mmap.PAGESIZE)).cast("q")
"""The pid of whoever took the last connection, in memory that every process forked after this shares."""
_at_home: WeakValueDictionary[int, "WebProcess"] = WeakValueDictionary()
"""Which process keeps to which core; gunicorn's master forgets a process that has ended, and so do we."""


class WebProcess(ThreadWorker):  # type: ignore[misc]
    """gunicorn's `gthread` for clients that keep their connections.

    Where there are as many processes as cores, each has one of its own. One process computes little more than
    one core can, since Python lets one thread run at a time; left to the scheduler its threads change cores
    at each turn and find their caches cold. On two cores a scan took 1.80 ms of CPU, and then 1.43.

    A connection stays with the process that took it, and who is awake takes all that come at once: one of two
    processes had all 8 clients in every sixth run. So nobody takes two in a row while a sibling is idle.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._core = _free_core(self.cfg.workers)
        if self._core is not None:
            _at_home[self._core] = self

    def init_process(self) -> None:
        """Begin, once forked."""
        if self._core is not None:
            _keep_to(self._core)
        super().init_process()

    def accept(self, listener: socket) -> None:
        """Take the connection that waits, if no sibling does first."""
        if self.cfg.workers > 1 and _newest_taker[0] == self.pid:
            time.sleep(LEFT_SECONDS)
        before = self.nr_conns
        super().accept(listener)
        if self.nr_conns > before:
            _newest_taker[0] = self.pid


def _free_core(processes: int) -> int | None:
    """A core that no sibling has; None where cores are not as many as processes, or none can be kept to."""
    cores = os.sched_getaffinity(0) if sys.platform == "linux" else set()
    if len(cores) != processes:
        return None
    return next((core for core in sorted(cores) if core not in _at_home), None)


def _keep_to(core: int) -> None:
    if sys.platform == "linux":
        with suppress(OSError):  # some sandboxes forbid it: slower, and no reason not to serve
            os.sched_setaffinity(0, {core})
