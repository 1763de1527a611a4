"""Five minutes of payments beside readers of every page: memory, write-ahead log and latency stay flat."""

import re
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

from benchmarks.processes import pss_mb
from minzhengtong.registration.client_secret import client_secret
from tests.faults.cluster import Cluster, cluster, tree
from tests.faults.wire import TRANSIT, Answer, Gate, Phone, fare

MINUTES, MINUTE_SECONDS = 5, 60
MOST_GROWTH_MB, MOST_LOG_MB, MOST_TIMES = 10.0, 64.0, 2.0
"""From the second minute, when every page was built, to the last: memory, and the p99 of both kinds.

The write-ahead log: at the end of any minute.
"""
PAYERS = ("lin", "chen", "xu")
READERS = ("lin", "qiu", "lu")
"""A citizen who also pays, a tester and an auditor."""
READ_AS_DATA = ("/api/v1/payments", "/api/v1/ledger/summary", "/api/v1/codes/keys", "/api/openapi.json")
PAUSE_SECONDS, MOST_LINKS = 0.02, 100

_LINK = re.compile(r'href="(/(?!static/)[^"#]*)"')


class Minute:
    """What was seen in one minute: seconds of each answer by kind, and sizes at its end."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = {"payment": [], "page": []}
        self.memory_mb = self.log_mb = 0.0

    def p99_ms(self, kind: str) -> float:
        times = sorted(self.times[kind])
        return times[int(len(times) * 0.99)] * 1000

    def __str__(self) -> str:
        kinds = (f"{len(self.times[kind])} {kind}s, p99 {self.p99_ms(kind):.0f} ms" for kind in self.times)
        return f"{', '.join(kinds)}; memory {self.memory_mb:.0f} MB, write-ahead log {self.log_mb:.0f} MB"


class Soak:
    """The minutes so far; threads note into the last one."""

    def __init__(self, running: Cluster) -> None:
        self.running, self.minutes, self.over = running, [Minute()], Event()
        self.faults: list[str] = []

    def note(self, kind: str, ask: Callable[[], int]) -> None:
        began = time.monotonic()
        status = ask()
        self.minutes[-1].times[kind].append(time.monotonic() - began)
        assert status < 500, f"a {kind} was answered {status}"  # noqa: S101

    def repeat(self, act: Callable[[], None]) -> None:
        try:
            while not self.over.is_set():
                act()
                time.sleep(PAUSE_SECONDS)
        except Exception as fault:  # noqa: BLE001  (an exception in a thread would go unseen)
            self.faults.append(repr(fault))
            self.over.set()

    def end_minute(self) -> Minute:
        minute = self.minutes[-1]
        minute.memory_mb = pss_mb(tree(self.running.supervisor))
        log = self.running.var_dir / "minzhengtong.db-wal"
        minute.log_mb = log.stat().st_size / 2**20
        self.minutes.append(Minute())
        return minute


def run() -> Iterator[str]:
    """One line for each minute."""
    with tempfile.TemporaryDirectory() as folder, cluster("sqlite", Path(folder)) as running:
        soak = Soak(running)
        threads = _threads(soak)
        for number in range(1, MINUTES + 1):
            soak.over.wait(MINUTE_SECONDS)
            assert not soak.faults, soak.faults  # noqa: S101
            yield f"minute {number}: {soak.end_minute()}"
        soak.over.set()
        for thread in threads:
            thread.join()
        _check(soak.minutes[1], soak.minutes[MINUTES - 1], max(minute.log_mb for minute in soak.minutes))


def _threads(soak: Soak) -> list[Thread]:
    runtime = soak.running.open_runtime()
    secret = client_secret(runtime.keyring, TRANSIT)
    runtime.db.dispose()
    acts = [_payer(soak, who, secret) for who in PAYERS] + [_reader(soak, who) for who in READERS]
    threads = [Thread(target=soak.repeat, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    return threads


def _payer(soak: Soak, who: str, secret: str) -> Callable[[], None]:
    phone, gate = Phone(soak.running.port, who), Gate(soak.running.port, secret)

    def pay() -> None:
        body = fare(phone.fresh_code(), 1)
        soak.note("payment", lambda: gate.scan(body, f"{who}-{time.monotonic_ns()}").status)

    return pay


def _reader(soak: Soak, who: str) -> Callable[[], None]:
    """Read every page that links lead to, one after the other, again and again."""
    phone = Phone(soak.running.port, who)
    found, left = ["/", *READ_AS_DATA], list[str]()

    def read() -> None:
        left.extend([] if left else found)
        path = left.pop(0)
        soak.note("page", lambda: _follow(phone.get(path), found))

    return read


def _follow(answer: Answer, found: list[str]) -> int:
    """Add the links of a page to those found, as long as there is room; return its status."""
    links = dict.fromkeys(_LINK.findall(answer.text))
    found.extend([link for link in links if link not in found][: MOST_LINKS - len(found)])
    return answer.status


def _check(early: Minute, late: Minute, log_mb: float) -> None:
    growth = late.memory_mb - early.memory_mb
    assert growth <= MOST_GROWTH_MB, f"memory grew by {growth:.0f} MB"  # noqa: S101
    assert log_mb <= MOST_LOG_MB, f"the write-ahead log grew to {log_mb:.0f} MB"  # noqa: S101
    for kind in early.times:
        times = late.p99_ms(kind) / early.p99_ms(kind)
        assert times <= MOST_TIMES, f"the p99 of a {kind} grew {times:.1f} times"  # noqa: S101
