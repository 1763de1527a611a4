"""Keeps other users of the machine from our files: folders have mode 0700, files 0600."""

import os
from pathlib import Path

from minzhengtong.base.errors import InvalidInput

_OTHERS = 0o077
_OURS = ("keys", "minzhengtong.db")
"""A folder that holds one of these was made by an older version, which left it open."""


class FolderShared(InvalidInput):
    """Raised when others may read the data folder, and it is not clear that it may be closed to them."""

    code = "folder_shared"
    title = "The data folder is open to other users"


def make_files_private() -> None:
    """Let every file and folder that this process makes from now on be its user's alone."""
    os.umask(_OTHERS)


def private_folder(folder: Path) -> None:
    """Make the folder, or close one that is empty or ours, with all that is in it. Raises: FolderShared."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    facts = folder.stat()
    if not facts.st_mode & _OTHERS:
        return
    names = {path.name for path in folder.iterdir()}
    if facts.st_uid != os.getuid() or (names and names.isdisjoint(_OURS)):
        mode = f"{folder}, mode {facts.st_mode & 0o7777:o}, with other files or of another user"
        raise FolderShared("a folder of its own with mode 700", mode, "set MZT_VAR_DIR, or chmod 700 it")
    folder.chmod(facts.st_mode & 0o700)  # one that its owner made read-only stays so
    for parent, folders, files in os.walk(folder):
        for name in folders:
            Path(parent, name).chmod(0o700)
        for name in files:
            private_file(Path(parent, name))


def private_file(path: Path) -> None:
    """Close a file to others, if it is there. Raises: FolderShared when it is another user's."""
    try:
        if path.stat().st_mode & _OTHERS:
            path.chmod(0o600)
    except FileNotFoundError:
        return
    except PermissionError as error:
        raise FolderShared("a file of this user", str(path), "change its owner") from error
