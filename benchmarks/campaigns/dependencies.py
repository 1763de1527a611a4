"""What the simulator stands on goes away, again and again, while people pay: PostgreSQL, disk, worker."""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.campaigns import NotTried
from tests.engines.postgresql import PostgreSQL
from tests.faults.cluster import Cluster, cluster, kill, wait_until
from tests.faults.paying import Books, pay_while
from tests.faults.wire import Lost, Wire

PAYMENTS, TIMES = 3_000, 10
AWAY_SECONDS = 2.0


def run() -> Iterator[str]:
    """One line for each of the three."""
    yield f"PostgreSQL restarted {TIMES} times: {_postgresql()}"
    yield _disk()
    yield f"worker killed {TIMES} times: {_worker()}"


def _postgresql() -> str:
    server, back = PostgreSQL(), list[float]()
    server.start()

    def restart(running: Cluster, books: Books) -> None:
        server.stop()
        server.start()
        began = time.monotonic()
        wait_until(lambda: _answers(running), "an answer again")
        back.append(time.monotonic() - began)

    with tempfile.TemporaryDirectory() as folder:
        running = Cluster(Path(folder), MZT_DATABASE_URL=server.url)
        try:
            running.start()
            books = pay_while(running, [restart] * TIMES, payments=PAYMENTS, seed=5)
        finally:
            running.stop()
            server.stop()
    return f"{_told(books)}, answers again after at most {max(back):.2f} s"


def _disk() -> str:
    with tempfile.TemporaryDirectory() as folder, _small_disk(Path(folder)) as is_small:
        if not is_small:
            return NotTried("disk full: not tried, as it takes the right to mount")

        def fill(running: Cluster, books: Books) -> None:
            filling = Path(folder) / "filling"
            with filling.open("wb", buffering=0) as file:
                try:
                    while file.write(b"x" * 65_536):
                        pass
                except OSError:
                    time.sleep(AWAY_SECONDS)
            filling.unlink()

        with cluster("sqlite", Path(folder)) as running:
            books = pay_while(running, [fill] * TIMES, payments=PAYMENTS, seed=6)
    return f"disk full {TIMES} times for {AWAY_SECONDS:g} s: {_told(books)}"


def _worker() -> str:
    def end_worker(running: Cluster, books: Books) -> None:
        before = running.worker
        kill(before)
        wait_until(lambda: running.worker not in (0, before), "another worker")

    with tempfile.TemporaryDirectory() as folder, cluster("sqlite", Path(folder)) as running:
        books = pay_while(running, [end_worker] * TIMES, payments=PAYMENTS, seed=7)
    return _told(books)


def _told(books: Books) -> str:
    return f"{len(books.told)} payments, {books.asked_again} asked again, 0 lost, 0 doubled"


def _answers(running: Cluster) -> bool:
    try:
        with Wire(running.port) as wire:
            return wire.ask("GET", "/healthz").status == 200
    except Lost:
        return False


@contextmanager
def _small_disk(folder: Path) -> Iterator[bool]:
    command = ["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)
