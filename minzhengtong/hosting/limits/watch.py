"""Quarantines a mini-app whose calls kill its process or fill its memory."""

import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from minzhengtong.hosting.limits.calls import Calls

MEMORY_MB = 512
"""A larger process is replaced. An idle one holds 80 MB, and the largest picture takes 160 more."""
DEATHS, DEATHS_SECONDS = 3, 60.0
"""An app is quarantined after this many processes died during its calls within this time."""

log = logging.getLogger(__name__)


class Watch:
    """`quarantine` takes a slug and a reason and raises nothing; `end_process` has this process replaced.

    Without `end_process` the size of the process is not limited.
    """

    def __init__(
        self,
        folder: Path,
        slugs: Iterable[str],
        quarantine: Callable[[str, str], None],
        end_process: Callable[[], None] | None,
    ) -> None:
        self._calls = Calls(folder, slugs)
        self._quarantine, self._end_process = quarantine, end_process
        self._grown_mb: Counter[str] = Counter()
        self._deaths: dict[str, list[float]] = {}

    @contextmanager
    def over(self, slug: str) -> Iterator[None]:
        """Watch one call of an app."""
        before = _resident_mb()
        with self._calls.noted(slug):
            yield
        held = _resident_mb()
        self._grown_mb[slug] += max(0, int(held - before))
        if self._end_process and held > MEMORY_MB:
            self._blame(held)
            self._end_process()

    def server_starts(self) -> None:
        """Called before the first process is forked."""
        self._calls.forget_dead()

    def process_ends(self) -> None:
        """Called in a process that ends normally."""
        self._calls.forget()

    def process_died(self, pid: int) -> None:
        """Called in the parent for every child that ended. Raises nothing."""
        now = time.monotonic()
        try:
            slugs = self._calls.of_dead(pid)
        except OSError:  # a disk that has become read-only, say
            log.exception("the calls of process %d, which died, cannot be read", pid)
            return
        for slug in slugs:
            log.error("process %d died during a call of mini-app %s", pid, slug)
            recent = [at for at in self._deaths.get(slug, []) if now - at < DEATHS_SECONDS]
            self._deaths[slug] = [*recent, now]
            if len(recent) + 1 >= DEATHS:
                self._quarantine(slug, f"{DEATHS} processes died during its calls in {DEATHS_SECONDS:g} s")

    def _blame(self, held: float) -> None:
        ((slug, grown),) = self._grown_mb.most_common(1)
        log.error("this process holds %.0f MB, %d of them since calls of mini-app %s", held, grown, slug)
        if grown > MEMORY_MB // 2:
            self._quarantine(slug, f"a process grew to {held:.0f} MB, by {grown} MB during its calls")


def _resident_mb() -> float:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except FileNotFoundError:  # Linux has it
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
