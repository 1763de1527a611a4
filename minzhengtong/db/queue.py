"""A line in which the writers of one SQLite file wait, across threads and processes. Locks no database."""

import fcntl
import mmap
import os
import select
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Lock
from time import monotonic
from types import TracebackType

from sqlalchemy.exc import OperationalError

WAIT_SECONDS = 10.0
LOOK_SECONDS = 0.1
"""How often a waiter looks unasked: a holder that was killed has left, but rang no bell."""
_ALL_RINGS = 65_536


class WriterQueue:
    """Enter it before BEGIN IMMEDIATE, leave it after the commit.

    SQLite's own waiters sleep 1 to 100 ms between two looks at the lock, which then lies idle; here whoever
    leaves wakes the next one at once. Nobody's rights depend on it: SQLite still refuses a second writer. So
    who has waited `wait_seconds` gives up with an OperationalError, even behind a process that is stopped.

    The turn is a flock, which the kernel takes back from the dead. A thread cannot give up waiting for one;
    it can for a byte in a pipe. So beside the file there is a bell, a named pipe, which who leaves rings if
    the file's one byte says that somebody waits.
    """

    def __init__(self, path: Path, wait_seconds: float = WAIT_SECONDS) -> None:
        self._path, self._wait_seconds = path, wait_seconds
        self._threads = Lock()
        self._files = ExitStack()
        self._file, self._bell, self._opened_by = -1, -1, 0
        self._waiting: mmap.mmap | bytearray = bytearray(1)
        self._ears = select.poll()

    def __enter__(self) -> None:
        ends = monotonic() + self._wait_seconds
        if not self._threads.acquire(timeout=self._wait_seconds):
            raise not_written(self._too_late())
        try:
            if self._opened_by != os.getpid():  # a forked child would stand in line as its parent
                self._open()
            self._wait(ends)
        except OSError as error:
            self._threads.release()
            raise not_written(error) from error

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        fcntl.flock(self._file, fcntl.LOCK_UN)
        if self._waiting[0]:
            self._waiting[0] = 0
            with suppress(BlockingIOError):  # full of rings that nobody heard: one is enough
                os.write(self._bell, b"!")
        self._threads.release()

    def close(self) -> None:
        """Give the files back until the next one enters. Does nothing while a thread is in line."""
        if self._threads.acquire(blocking=False):
            self._files.close()
            self._opened_by = 0
            self._threads.release()

    def _open(self) -> None:
        self._files.close()  # a parent's, or what an attempt that failed left open
        self._file = self._opened(self._path, os.O_CREAT)
        if not os.fstat(self._file).st_size:
            os.write(self._file, b"\0")  # not a hole: to fill one on a full disk is a signal, not an error
        self._waiting = self._files.enter_context(mmap.mmap(self._file, 1))
        bell = Path(f"{self._path}-bell")
        with suppress(FileExistsError):
            os.mkfifo(bell, 0o600)
        self._bell = self._opened(bell, os.O_NONBLOCK)
        self._ears = select.poll()
        self._ears.register(self._bell, select.POLLIN)
        self._opened_by = os.getpid()

    def _opened(self, path: Path, flags: int) -> int:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC | flags, 0o600)
        self._files.callback(os.close, file)
        return file

    def _wait(self, ends: float) -> None:
        if self._is_our_turn():
            return
        # Said before each try: who had the turn then reads it when leaving. And who takes out a ring that was
        # for another says it again and tries: whoever has the turn after that rings anew. None is lost.
        while True:
            self._waiting[0] = 1
            if self._is_our_turn():
                return
            left = ends - monotonic()
            if left <= 0:
                raise self._too_late()
            self._ears.poll(min(left, LOOK_SECONDS) * 1000)
            with suppress(BlockingIOError):
                os.read(self._bell, _ALL_RINGS)

    def _is_our_turn(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _too_late(self) -> TimeoutError:
        return TimeoutError(f"no turn to write within {self._wait_seconds:g} s")


def not_written(error: Exception) -> OperationalError:
    """What a writer is told who does not get to write; nothing was changed."""
    return OperationalError("wait to write", None, error)
