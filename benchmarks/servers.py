"""Starts what is measured, in processes of its own: our server, and baselines served in the same way."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.load import Wire, request
from benchmarks.processes import cpu_seconds, tree
from minzhengtong.base.settings import Settings
from minzhengtong.run import migrations
from minzhengtong.run.seed import seed
from minzhengtong.runtime import Runtime

START_SECONDS = 30


class Server:
    """A running server; `engine` gives the processes of a database server that works for it."""

    def __init__(self, port: int, pid: int) -> None:
        self.port, self.pid = port, pid
        self.engine: Callable[[], list[int]] = list

    def processes(self) -> list[int]:
        return tree(self.pid)

    def cpu_seconds(self) -> float:
        """What it has used so far, the database included."""
        return cpu_seconds(self.processes() + self.engine())


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(folder: Path, **changes: str) -> dict[str, str]:
    """The `MZT_` settings of a simulator in `folder`, on a free port."""
    return {"MZT_VAR_DIR": str(folder), "MZT_PORT": str(free_port())} | changes


def prepared(facts: dict[str, str]) -> Runtime:
    """A runtime on a migrated and seeded database, as `minzhengtong run` makes it."""
    runtime = Runtime.open(Settings.from_env(facts))
    with runtime.db.write() as conn:
        migrations.upgrade(conn)
    seed(runtime)
    return runtime


@contextmanager
def running(command: list[str], facts: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process of ours, ended afterwards with all it started."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MZT_")}
    with subprocess.Popen(
        [sys.executable, "-m", *command], env=inherited | facts, stdout=subprocess.DEVNULL
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def our_server(facts: dict[str, str], *command: str) -> Iterator[Server]:
    """`minzhengtong serve`, as people run it, once it answers."""
    with running(["minzhengtong", *(command or ("serve",))], facts) as process:
        yield Server(wait_until_ready(int(facts["MZT_PORT"])), process.pid)


@contextmanager
def baseline(name: str, database: str, like: Settings) -> Iterator[Server]:
    """A bare app of `benchmarks.baselines` in web processes like ours, as many, with as many threads."""
    port = free_port()
    numbers = map(str, (port, like.web_processes, like.web_threads))
    with running(["benchmarks.baselines", name, database, *numbers], {}) as process:
        yield Server(wait_until_ready(port), process.pid)


def wait_until_ready(port: int) -> int:
    """Wait for the first good answer; return the port."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            if Wire(port).ask(request("GET", "/healthz", port)).status == 200:
                return port
        except ConnectionError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.005)
