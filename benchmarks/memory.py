"""Memory and start: one process alone, all processes of a laptop's simulator, growth after long use."""

import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.compare import Row
from benchmarks.load import Wire, drive, request
from benchmarks.login import consented, visits
from benchmarks.people import add_people
from benchmarks.processes import pss_mb
from benchmarks.scan import scan_jobs, scan_once
from benchmarks.servers import Server, environment, our_server, prepared, running, wait_until_ready
from benchmarks.visitor import Party, visit
from minzhengtong.runtime import Runtime

MANY = 10_000
BATCH = 1_000
WARM = 100
STARTS = 5


def rows() -> list[Row]:
    """Sizes in MB of proportional set size (PSS), and seconds to the first answer."""
    with tempfile.TemporaryDirectory() as folder:
        facts = environment(Path(folder) / "var")
        runtime = prepared(facts)
        parties, people = consented(runtime)[:1], add_people(runtime, BATCH)
        runtime.db.dispose()
        return [
            Row("one process alone, idle", "MB", _alone(facts), "", None, None, "<= 80 MB"),
            Row("start to the first answer", "s", _start(facts), "", None, None, "<= 1 s"),
            *_tree(facts, runtime, parties, people),
        ]


def _alone(facts: dict[str, str]) -> float:
    with running(["benchmarks.alone"], facts) as process:
        wait_until_ready(int(facts["MZT_PORT"]))
        return pss_mb([process.pid])


def _start(facts: dict[str, str]) -> float:
    return median(_one_start(facts) for _ in range(STARTS))


def _one_start(facts: dict[str, str]) -> float:
    began = time.monotonic()
    with our_server(facts, "run"):
        return time.monotonic() - began


def _tree(
    facts: dict[str, str], runtime: Runtime, parties: tuple[Party, ...], people: list[str]
) -> list[Row]:
    with our_server(facts) as server:
        two = _settled_mb(server)
    with our_server(facts, "run") as server:
        everything = _settled_mb(server)
        _use(server, runtime, parties, people, WARM)
        warm = _settled_mb(server)
        _use(server, runtime, parties, people, MANY)
        grown = _settled_mb(server)
    growth = f"growth after {MANY:,} logins and scans"
    return [
        Row("two web processes and their supervisor", "MB", two, "", None, None, "<= 120 MB"),
        Row("the same with the worker", "MB", everything, "", None, None, ""),
        Row(growth, "MB", grown - warm, f"after {WARM}", warm, None, "<= 10 MB"),
    ]


def _use(server: Server, runtime: Runtime, parties: tuple[Party, ...], people: list[str], count: int) -> None:
    drive(server.port, partial(visit, port=server.port), visits(parties, count))
    for start in range(0, count, BATCH):
        jobs = scan_jobs(runtime, people[: min(BATCH, count - start)], server.port)
        drive(server.port, scan_once, jobs)


def _settled_mb(server: Server) -> float:
    """The PSS of all its processes once they have answered and rest."""
    wire = Wire(server.port)
    for path in ("/healthz", "/login"):
        wire.ask(request("GET", path, server.port))
    time.sleep(1)
    return pss_mb(server.processes())
