"""Which apps a process is calling, kept in a file that its parent reads if the process dies."""

import logging
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

log = logging.getLogger(__name__)


class Calls:
    """One file per process with one byte per app: the number of its running calls. A write takes 5 µs."""

    def __init__(self, folder: Path, slugs: Iterable[str]) -> None:
        self._folder, self._slugs = folder, sorted(slugs)
        self._running: Counter[str] = Counter()
        self._lock = Lock()
        self._file, self._opened_by = -1, 0

    @contextmanager
    def noted(self, slug: str) -> Iterator[None]:
        """Count one call while it runs."""
        self._count(slug, 1)
        try:
            yield
        finally:
            self._count(slug, -1)

    def forget(self) -> None:
        """Delete the file of this process, which ends normally."""
        self._path(os.getpid()).unlink(missing_ok=True)

    def forget_dead(self) -> None:
        """Delete the files of processes that are gone: a later process may get the same pid."""
        for path in self._folder.glob("*.calls"):
            if path.stem.isdecimal() and not _lives(int(path.stem)):
                path.unlink(missing_ok=True)

    def of_dead(self, pid: int) -> list[str]:
        """The apps that a process was calling when it died; none if it ended normally. Deletes its file."""
        path = self._path(pid)
        if not path.exists():
            return []
        counts = path.read_bytes()
        path.unlink()
        return [slug for slug, count in zip(self._slugs, counts, strict=False) if count]

    def _count(self, slug: str, change: int) -> None:
        with self._lock:
            self._running[slug] += change
            try:
                self._write(slug)
            except OSError as error:  # a full disk: the call goes on without being counted
                log.warning("calls of mini-app %s are not counted: %s", slug, error)

    def _write(self, slug: str) -> None:
        if self._opened_by != os.getpid():  # a forked child opens its own file
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
            self._file, self._opened_by = os.open(self._path(os.getpid()), flags, 0o600), os.getpid()
        os.pwrite(self._file, bytes([min(self._running[slug], 255)]), self._slugs.index(slug))

    def _path(self, pid: int) -> Path:
        return self._folder / f"{pid}.calls"


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it belongs to another user
    return True
