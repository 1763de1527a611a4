"""Each fault of a mini-app for 20 s: how the platform and another app answer meanwhile, beside a base."""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Barrier, Event, Thread

from minzhengtong.registration.client_secret import client_secret
from tests.faults.cluster import Cluster, cluster
from tests.faults.rogue import SLUG, write_rogue
from tests.faults.wire import TRANSIT, Gate, Lost, Phone, Wire, fare

SECONDS = 20
MOST_TIMES = 3.0
"""How much slower one answer in a hundred of another app may be than without the fault."""
FAULTS = ("/loop", "/spin", "/never", "/leak", "/exit", "/status", "/stream")
PEOPLE = ("lin", "chen", "xu")


def run() -> Iterator[str]:
    """One line for the base and for each fault; the apps have their usual ten seconds."""
    with tempfile.TemporaryDirectory() as folder:
        apps = write_rogue(Path(folder) / "apps")
        with cluster("sqlite", Path(folder), MZT_MINIAPP_DIRS=str(apps)) as running:
            _measure(running, "", seconds=3)  # every app is built now
            base = _measure(running, "")
            yield f"base: {_words(base, base)}"
            for path in FAULTS:
                running.run("seed")
                time.sleep(3)
                seen = _measure(running, path)
                yield f"{path}: {_words(seen, base)}"
                assert _times(seen, base, "other app") <= MOST_TIMES, f"{path} held another app up"  # noqa: S101


class Seen:
    """Times of answers in milliseconds, by what was asked, and how many were lost or bad."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = {"platform": [], "scan": [], "other app": []}
        self.lost = self.bad = 0

    def note(self, what: str, ask: Callable[[], int]) -> None:
        began = time.monotonic()
        try:
            status = ask()
        except Lost:
            self.lost += 1
            return
        self.times[what].append((time.monotonic() - began) * 1000)
        self.bad += status >= 500

    def p99(self, what: str) -> float:
        times = sorted(self.times[what])
        return times[int(len(times) * 0.99)] if times else float("inf")


def _measure(running: Cluster, path: str, seconds: float = SECONDS) -> Seen:
    seen, over = Seen(), Event()
    runtime = running.open_runtime()
    secret = client_secret(runtime.keyring, TRANSIT)
    runtime.db.dispose()
    ready = Barrier(len(PEOPLE) + (2 if path else 0))  # everybody is logged in before the fault begins
    threads = [Thread(target=_person, args=(running, who, secret, seen, ready, over)) for who in PEOPLE]
    threads += [
        Thread(target=_victim, args=(running, path, ready, over)) for _ in range(ready.parties - len(PEOPLE))
    ]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    over.set()
    for thread in threads:
        thread.join()
    return seen


def _person(running: Cluster, who: str, secret: str, seen: Seen, ready: Barrier, over: Event) -> None:
    with Phone(running.port, who) as phone, Gate(running.port, secret) as gate, Wire(running.port) as app:
        host = f"transit.localhost:{running.port}"
        ready.wait(30)
        while not over.is_set():
            seen.note("platform", lambda: phone.get("/me").status)
            try:
                body = fare(phone.fresh_code(), 1)
            except Lost:
                seen.lost += 1
                continue
            seen.note("scan", lambda: gate.scan(body, f"{who}-{time.monotonic_ns()}").status)  # noqa: B023
            seen.note("other app", lambda: app.ask("GET", "/", b"", Host=host).status)
            time.sleep(0.01)


def _victim(running: Cluster, path: str, ready: Barrier, over: Event) -> None:
    """Somebody who opens the broken page again and again."""
    host = f"{SLUG}.localhost:{running.port}"
    ready.wait(30)
    while not over.is_set():
        with Wire(running.port) as wire:
            try:
                wire.ask("GET", path, b"", Host=host)
            except Lost:
                continue
        time.sleep(0.05)


def _times(seen: Seen, base: Seen, what: str) -> float:
    return seen.p99(what) / base.p99(what)


def _words(seen: Seen, base: Seen) -> str:
    parts = [f"{what} p99 {seen.p99(what):.0f} ms ({_times(seen, base, what):.1f} x)" for what in seen.times]
    return f"{', '.join(parts)}; {seen.lost} lost, {seen.bad} bad of {sum(map(len, seen.times.values()))}"
