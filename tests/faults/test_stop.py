"""The whole process tree ends soon when it is asked to stop, at any moment of its start."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.engines import prepared
from tests.faults.cluster import children
from tests.journeys.server import Server, free_port

SOON_SECONDS = 15
"""More than the 5 s after which the supervisor kills a child, less than systemd's `TimeoutStopSec`."""


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Server:
    server = Server(tmp_path_factory.mktemp("stop"))
    prepared.copy_to(server.var_dir)
    return server


@pytest.fixture
def starting(seeded: Server) -> Iterator[subprocess.Popen[bytes]]:
    """A supervisor, in a group of its own, that has begun to fork."""
    command = [sys.executable, "-m", "minzhengtong", "serve", "--with-worker"]
    own = seeded.environment | {"MZT_PORT": str(free_port())}
    with subprocess.Popen(command, env=own, start_new_session=True) as supervisor:
        while not children(supervisor.pid):
            assert supervisor.poll() is None
        yield supervisor
        if supervisor.poll() is None:
            os.killpg(supervisor.pid, signal.SIGKILL)


@pytest.mark.parametrize("milliseconds", [0, 40, 80, 120])
def test_it_ends_when_it_is_asked_at_any_moment_of_its_start(
    starting: subprocess.Popen[bytes], milliseconds: int
) -> None:
    time.sleep(milliseconds / 1000)  # the first found a child that took no notice
    starting.terminate()
    assert starting.wait(SOON_SECONDS) == 0
    ends = time.monotonic() + SOON_SECONDS
    while _lives(starting.pid):
        assert time.monotonic() < ends, "it left a process behind"
        time.sleep(0.01)


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


FORKED = """
import os, signal
from minzhengtong.run import forking, stopping

is_stopping = stopping.StopFlag()
pid = forking._fork_without_handlers()
os.kill(os.getpid(), signal.SIGTERM)
if not pid:
    os._exit(7)
assert is_stopping()
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGTERM
"""


def test_a_signal_ends_a_child_that_does_not_listen_yet_and_its_parent_notes_it() -> None:
    done = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
