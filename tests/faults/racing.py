"""Two servers of one process each over one database, and calls that are made at the same moment."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import TypeVar

from minzhengtong.codes.cose import CodeScope
from minzhengtong.codes.issue import issue_code
from minzhengtong.payments.summary import summary
from minzhengtong.registration.client_secret import client_secret
from minzhengtong.runtime import Runtime
from tests.engines import databases, prepared
from tests.faults.cluster import Cluster
from tests.faults.wire import TRANSIT, Gate, fare

R = TypeVar("R")
PAYERS = ("lin", "chen", "huang", "xu", "zheng")


@dataclass(frozen=True)
class Pair:
    """Both servers, a look at their database, and two scanners at each."""

    servers: tuple[Cluster, Cluster]
    runtime: Runtime
    gates: tuple[Gate, ...]

    def codes(self, person: str, count: int) -> list[str]:
        """The person's next codes, oldest first."""
        scope = CodeScope.PAY | CodeScope.CERTIFICATES
        with self.runtime.db.write() as conn:
            keys, now = self.runtime.keyring.current(conn), self.runtime.clock.now()
            return [issue_code(conn, now, keys, f"per_{person}", "350100", scope).text for _ in range(count)]


@contextmanager
def pair(engine: str, folder: Path) -> Iterator[Pair]:
    """Start both, on SQLite or PostgreSQL."""
    with ExitStack() as stack:
        url = databases.sqlite_url(folder / "var" / "minzhengtong.db")
        if engine == "sqlite":
            prepared.copy_to(folder / "var")
        else:
            url = stack.enter_context(databases.fresh_postgresql())
        settings = {"MZT_DATABASE_URL": url, "MZT_WEB_PROCESSES": "1", "MZT_WEB_THREADS": "8"}
        first, second = Cluster(folder, **settings), Cluster(folder / "second", **settings)
        second.command = ("-m", "minzhengtong", "serve")
        stack.callback(first.stop)
        first.start()
        _share(first.var_dir, second.var_dir)
        stack.callback(second.stop)
        second.start()
        runtime = first.open_runtime()
        stack.callback(runtime.db.dispose)
        secret = client_secret(runtime.keyring, TRANSIT)
        token = stack.enter_context(Gate(first.port, secret)).token
        gates = [stack.enter_context(Gate(server.port, secret, token)) for server in (first, second) * 2]
        yield Pair((first, second), runtime, tuple(gates))


def _share(folder: Path, other: Path) -> None:
    """Give a second data folder, as each server has its own, the keys and the app stores of the first."""
    other.mkdir(mode=0o700, parents=True)
    for name in ("keys", "apps"):
        (other / name).symlink_to(folder / name)


def at_once(*calls: Callable[[], R]) -> list[R]:
    """Make all calls at the same moment, each in a thread of its own; return what they gave, in order."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], R]) -> R:
        barrier.wait(10)
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def race_for_codes(pair: Pair, count: int, *, before: int = 0) -> None:
    """Let four scanners race for each of `count` codes. Raises: AssertionError unless one wins
    each and the ledger, which had `before` payments, adds up.
    """
    batch = 50  # a code lives a minute
    for start in range(0, count, batch):
        person = PAYERS[start // batch % len(PAYERS)]
        for number, code in enumerate(pair.codes(person, min(batch, count - start)), start):
            body = fare(code, 1)
            said = _verdicts(pair.gates, body, number)
            assert sorted(said) == ["already_used"] * 3 + ["pass"], said
    with pair.runtime.db.read() as conn:
        proof = summary(conn)
    assert (proof.payments, proof.sum_fen, proof.faults) == (before + count, 0, ())


def _verdicts(gates: Sequence[Gate], body: bytes, number: int) -> list[str]:
    calls = (partial(gate.scan, body, f"race-{number}-{place}") for place, gate in enumerate(gates))
    answers = at_once(*calls)
    assert {answer.status for answer in answers} == {201}, [answer.text for answer in answers]
    return [answer.json["reason"] or answer.json["verdict"] for answer in answers]
