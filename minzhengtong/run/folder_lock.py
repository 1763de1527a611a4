"""The lock of the data folder: one server at a time."""

import fcntl
import os
from pathlib import Path

from minzhengtong.base.errors import Conflict


class FolderInUse(Conflict):
    """Another server runs on this data folder; a second one would register the mini-apps at its own port."""

    code = "folder_in_use"
    title = "Another server uses this data folder"


class FolderLock:
    """Held from `take` until this process ends, even if it is killed. Other commands do not take it.

    `lockf` belongs to the process: forked children neither hold nor release it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def take(self) -> None:
        """Take the lock and write our process id into its file. Raises: FolderInUse, OSError."""
        file = os.open(self._folder / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError) as error:
            holder = os.read(file, 20).decode("ascii", "replace").strip()
            os.close(file)
            expected = f"MZT_VAR_DIR={self._folder} to be served by one process"
            advice = "Stop that server, or give this one another MZT_VAR_DIR and MZT_PORT."
            raise FolderInUse(expected, f"process {holder}, which serves it", advice) from error
        os.ftruncate(file, 0)
        os.write(file, f"{os.getpid()}\n".encode())
