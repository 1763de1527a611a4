"""Writers of one SQLite file hold the lock one after the other, threads and processes alike."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from minzhengtong.db.write_lock import WriteLock

forked = get_context("fork")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lock"


def acquire(lock: WriteLock) -> None:
    with lock.held():
        pass


def _hold(path: Path, inside: Event, leave: Event) -> None:
    with WriteLock(path, 20).held():
        inside.set()
        leave.wait(20)


def test_another_process_waits_until_the_holder_releases(path: Path) -> None:
    inside, leave = forked.Event(), forked.Event()
    other = forked.Process(target=_hold, args=(path, inside, leave))
    other.start()
    assert inside.wait(20)
    with ThreadPoolExecutor(1) as pool:
        mine = pool.submit(acquire, WriteLock(path, 20))
        time.sleep(0.05)
        assert not mine.done()
        leave.set()
        mine.result(20)
    other.join(20)


def test_a_killed_process_releases_the_lock(path: Path) -> None:
    inside = forked.Event()
    other = forked.Process(target=_hold, args=(path, inside, forked.Event()))
    other.start()
    assert inside.wait(20)
    other.kill()
    acquire(WriteLock(path, 20))
    other.join(20)


def test_a_child_forked_while_the_lock_is_held_does_not_keep_it(path: Path) -> None:
    end, lock = forked.Event(), WriteLock(path, 20)
    child = forked.Process(target=end.wait, args=(20,))
    with lock.held():
        child.start()
    acquire(lock)
    end.set()
    child.join(20)


def test_threads_hold_the_lock_one_at_a_time(path: Path) -> None:
    lock, inside, most = WriteLock(path, 20), 0, 0

    def hold_often() -> None:
        nonlocal inside, most
        for _ in range(50):
            with lock.held():
                inside += 1
                most = max(most, inside)
                time.sleep(0)
                inside -= 1

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(hold_often) for _ in range(4)]:
            done.result(60)
    assert most == 1


def test_a_thread_that_waits_too_long_times_out(path: Path) -> None:
    lock = WriteLock(path, 0.01)
    with (
        lock.held(),
        ThreadPoolExecutor(1) as pool,
        pytest.raises(OperationalError, match=r"was not free for 0\.01 s"),
    ):
        pool.submit(acquire, lock).result(20)


def _stop_while_holding(path: Path) -> None:
    with WriteLock(path, 20).held():
        os.kill(os.getpid(), signal.SIGSTOP)


@pytest.fixture
def stopped(path: Path) -> Iterator[BaseProcess]:
    """A process that was stopped while it held the lock."""
    other = forked.Process(target=_stop_while_holding, args=(path,))
    other.start()
    assert other.pid
    assert os.WIFSTOPPED(os.waitpid(other.pid, os.WUNTRACED)[1])
    yield other
    other.kill()
    other.join(20)


@pytest.mark.parametrize("end", [signal.SIGCONT, signal.SIGKILL])
def test_waiters_time_out_behind_a_stopped_process_until_it_ends(
    path: Path, stopped: BaseProcess, end: int
) -> None:
    lock = WriteLock(path, 0.05)
    with ThreadPoolExecutor(3) as pool:
        for waiting in [pool.submit(acquire, lock) for _ in range(6)]:
            assert isinstance(waiting.exception(20), OperationalError)
    assert stopped.pid
    os.kill(stopped.pid, end)
    stopped.join(20)
    acquire(lock)


def test_no_file_stays_open(path: Path) -> None:
    before = len(list(Path("/dev/fd").iterdir()))
    lock = WriteLock(path, 0.01)
    with lock.held(), pytest.raises(OperationalError):
        acquire(lock)
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_a_folder_that_is_missing_is_an_operational_error(tmp_path: Path) -> None:
    with pytest.raises(OperationalError):
        acquire(WriteLock(tmp_path / "no-such-folder" / "lock", 1))
