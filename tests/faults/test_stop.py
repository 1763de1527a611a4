"""Asked to stop at whatever moment of its start, the whole process tree ends, and soon."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.faults.cluster import children
from tests.journeys.server import Server, free_port

SOON_SECONDS = 15
"""More than gunicorn's graceful timeout, less than it takes systemd to lose patience."""


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Server:
    server = Server(tmp_path_factory.mktemp("stop"))
    server.start()
    server.stop()
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
def test_it_ends_at_whatever_moment_it_is_asked(starting: subprocess.Popen[bytes], milliseconds: int) -> None:
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
