"""A running simulator that can be killed like a power cut, and the processes it is made of."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from minzhengtong.base.settings import Settings
from minzhengtong.runtime import Runtime
from tests.engines import databases
from tests.journeys.server import Server

WAIT_SECONDS = 20


class Cluster(Server):
    """Two web processes and a worker under their supervisor, on an engine of choice."""

    @property
    def supervisor(self) -> int:
        assert self._process
        return self._process.pid

    @property
    def web_processes(self) -> list[int]:
        """The processes that answer requests."""
        return children(self.supervisor, "mzt-web")

    @property
    def worker(self) -> int:
        """The process that delivers, seals and sweeps; 0 if there is none."""
        return next(iter(children(self.supervisor, "mzt-worker")), 0)

    def cut_power(self) -> None:
        """Kill every process at once; only what the database has stays."""
        for pid in tree(self.supervisor):
            kill(pid)
        self.kill()

    def start_timed(self) -> float:
        """Start; return the seconds to the first answer."""
        began = time.monotonic()
        self.start()
        return time.monotonic() - began

    def open_runtime(self) -> Runtime:
        """A look at the same database and keys from outside."""
        own = {name: text for name, text in self.environment.items() if name.startswith("MZT_")}
        return Runtime.open(Settings.from_env(own))


@contextmanager
def cluster(
    engine: str, folder: Path, *, patience: float | None = None, **settings: str
) -> Iterator[Cluster]:
    """A started simulator on SQLite or PostgreSQL; `patience` is how many seconds a mini-app may take."""
    if engine == "sqlite":
        yield from _started(Cluster(folder, **settings), patience)
    else:
        with databases.fresh_postgresql() as url:
            yield from _started(Cluster(folder, MZT_DATABASE_URL=url, **settings), patience)


def _started(running: Cluster, patience: float | None) -> Iterator[Cluster]:
    if patience is not None:
        running.command = ("-m", "tests.faults.launcher", str(patience), "run")
    try:
        running.start()
        wait_until(lambda: len(running.web_processes) == 2 and running.worker, "all processes")
        yield running
    finally:
        running.stop()


def tree(pid: int) -> list[int]:
    """The process and all that descend from it, parents first."""
    found = [pid]
    for parent in found:
        found += children(parent)
    return found


def children(pid: int, name: str = "") -> list[int]:
    """The processes that it has started, or those of them with this name."""
    lines = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,comm="], capture_output=True, text=True).stdout
    rows = [line.split(maxsplit=2) for line in lines.splitlines()]
    return [int(child) for child, parent, comm in rows if int(parent) == pid and name in ("", comm)]


def kill(pid: int) -> None:
    """End a process without asking it."""
    assert pid > 1, "0 and 1 are not processes of a cluster"
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def wait_until(true: Callable[[], object], what: str, seconds: float = WAIT_SECONDS) -> None:
    """Wait for something that is going to happen. Raises: AssertionError when it does not."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)
