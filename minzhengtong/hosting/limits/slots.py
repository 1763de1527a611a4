"""Limits how many threads of a process the mini-apps may hold at once, together and each of them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

WAIT_SECONDS = 2.0
"""How long a call waits for a slot; one is free again after some milliseconds unless an app hangs."""


class NoSlot(Exception):
    """The app, or all apps together, hold as many threads as they may."""


class Slots:
    """One thread is always left for the platform; one app gets half of the threads at most."""

    def __init__(self, threads: int) -> None:
        self._of_all, self._of_one = max(1, threads - 1), max(1, threads // 2)
        self._held: Counter[str] = Counter()
        self._freed = Condition()

    @contextmanager
    def taken(self, slug: str) -> Iterator[None]:
        """Hold a slot for one call of an app. Raises: NoSlot."""
        with self._freed:
            if not self._freed.wait_for(lambda: self._is_free(slug), WAIT_SECONDS):
                raise NoSlot(slug)
            self._held[slug] += 1
        try:
            yield
        finally:
            with self._freed:
                self._held[slug] -= 1
                self._freed.notify_all()

    def _is_free(self, slug: str) -> bool:
        return self._held.total() < self._of_all and self._held[slug] < self._of_one
