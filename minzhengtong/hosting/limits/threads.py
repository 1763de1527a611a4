"""Quarantines a mini-app that keeps a core busy from a thread that it has started."""

import logging
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from threading import Thread

from minzhengtong.base.deadline import CALL, stack_of, switch_interval

BUSY_SECONDS = 10.0
"""As long as a call may take. A busy thread beside the calls made other pages 15 times slower."""
BUSY_SHARE = 0.1
"""Of a core. On a busy machine an endless loop does not get much more."""
TICK_SECONDS = 1.0

log = logging.getLogger(__name__)


class Threads:
    """Every thread that comes after `start` and runs no call was started by an app.

    `folders` are those of the apps by slug. `quarantine` and `end_process` are as in `Watch`.
    """

    def __init__(
        self,
        folders: Mapping[str, Path],
        quarantine: Callable[[str, str], None],
        end_process: Callable[[], None],
    ) -> None:
        self._folders = folders
        self._quarantine, self._end_process = quarantine, end_process
        self._watched_by = 0
        self._ours: set[Thread] = set()
        self._spent: dict[Thread, float] = {}
        self._busy_ticks: Counter[Thread] = Counter()
        self._calm: Future[None] | None = None

    def start(self) -> None:
        """Watch this process from now on; called before any code of an app runs in it."""
        if self._watched_by != os.getpid():  # not the parent's thread, which a fork does not copy
            self._watched_by = os.getpid()
            self._ours = set(threading.enumerate())
            Thread(target=self._watch, name=CALL, daemon=True).start()

    def _watch(self) -> None:
        while True:
            time.sleep(TICK_SECONDS)
            started = [one for one in threading.enumerate() if one.name != CALL and one not in self._ours]
            spent = {thread: _cpu_seconds(thread) for thread in started}
            busy = [
                one for one in started if spent[one] - self._spent.get(one, 0) > BUSY_SHARE * TICK_SECONDS
            ]
            self._busy_ticks = Counter({thread: self._busy_ticks[thread] + 1 for thread in busy})
            self._spent = spent
            self._take_short_turns(is_busy=bool(busy))
            for thread in busy:
                if self._busy_ticks[thread] * TICK_SECONDS >= BUSY_SECONDS:
                    self._blame(thread)

    def _take_short_turns(self, *, is_busy: bool) -> None:
        if is_busy and self._calm is None:
            self._calm = Future()
            switch_interval.shorten_until(self._calm)
        elif not is_busy and self._calm is not None:
            self._calm.set_result(None)
            self._calm = None

    def _blame(self, thread: Thread) -> None:
        stack = stack_of(thread)
        log.error("a thread was busy for %g s:\n%s", BUSY_SECONDS, "".join(stack.format()))
        own = [
            (slug, frame)
            for frame in stack
            for slug, folder in self._folders.items()
            if Path(frame.filename).is_relative_to(folder)
        ]
        if own:
            slug, frame = own[-1]
            place = f"{Path(frame.filename).name}, line {frame.lineno}"
            self._quarantine(slug, f"a thread that it started was busy for {BUSY_SECONDS:g} s ({place})")
        self._end_process()


def _cpu_seconds(thread: Thread) -> float:
    """How long a thread has computed; 0 if it has ended, or if this is not Linux."""
    try:
        row = Path(f"/proc/self/task/{thread.native_id}/stat").read_text()
    except OSError:
        return 0
    user, system = row.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
