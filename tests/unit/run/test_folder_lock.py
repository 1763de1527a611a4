"""The data folder has one server at a time; a killed one holds nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from minzhengtong.run.folder_lock import FolderInUse, FolderLock

HOLD = """
import os, sys
from pathlib import Path
from minzhengtong.run.folder_lock import FolderLock

FolderLock(Path(sys.argv[1])).take()
if os.fork() == 0:
    sys.stdin.read()
    os._exit(0)
print("held", flush=True)
sys.stdin.read()
"""
"""Takes the lock, forks a child as the server does, and waits."""


def test_a_second_server_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout
        assert first.stdout.readline() == "held\n"
        with pytest.raises(FolderInUse, match=f"process {first.pid}, which serves it"):
            FolderLock(tmp_path).take()
        first.kill()
        first.wait()
        FolderLock(tmp_path).take()  # although the child still lives
