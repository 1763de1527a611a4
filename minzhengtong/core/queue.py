"""A line in which the writers of one SQLite file wait, across threads and processes. Locks no database."""

import fcntl
import os
from pathlib import Path
from threading import Lock
from types import TracebackType

from sqlalchemy.exc import OperationalError

WAIT_SECONDS = 10.0


class WriterQueue:
    """Enter it before BEGIN IMMEDIATE, leave it after the commit.

    SQLite's own waiters sleep 1 to 100 ms between two looks at the lock, which then lies idle; the kernel
    wakes the next one at once. Nobody's rights depend on it: SQLite still refuses a second writer.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = Lock()
        self._file, self._opened_by = -1, 0

    def __enter__(self) -> None:
        if not self._threads.acquire(timeout=WAIT_SECONDS):
            raise _not_written(TimeoutError(f"no turn to write within {WAIT_SECONDS:.0f} s"))
        try:
            if self._opened_by != os.getpid():  # a forked child would stand in line as its parent
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                self._opened_by = os.getpid()
            fcntl.flock(self._file, fcntl.LOCK_EX)
        except OSError as error:
            self._threads.release()
            raise _not_written(error) from error

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        fcntl.flock(self._file, fcntl.LOCK_UN)
        self._threads.release()


def _not_written(error: Exception) -> OperationalError:
    return OperationalError("wait to write", None, error)
