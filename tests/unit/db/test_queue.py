"""Writers of one SQLite file come one after the other, threads and processes alike."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from minzhengtong.db import queue
from minzhengtong.db.queue import WriterQueue


def _hold(path: Path, inside: Event, leave: Event) -> None:
    with WriterQueue(path):
        inside.set()
        leave.wait(20)


def test_another_process_waits_until_its_turn(tmp_path: Path) -> None:
    forked = get_context("fork")
    inside, leave, path = forked.Event(), forked.Event(), tmp_path / "line"
    other = forked.Process(target=_hold, args=(path, inside, leave))
    other.start()
    assert inside.wait(20)
    with ThreadPoolExecutor(1) as pool:
        mine = pool.submit(lambda: WriterQueue(path).__enter__())
        time.sleep(0.05)
        assert not mine.done()
        leave.set()
        mine.result(20)
    other.join(20)


def test_a_killed_process_leaves_the_line(tmp_path: Path) -> None:
    forked = get_context("fork")
    inside, path = forked.Event(), tmp_path / "line"
    other = forked.Process(target=_hold, args=(path, inside, forked.Event()))
    other.start()
    assert inside.wait(20)
    other.kill()
    with WriterQueue(path):
        other.join(20)


def test_a_forked_child_has_a_place_of_its_own(tmp_path: Path) -> None:
    line = WriterQueue(tmp_path / "line")
    with line:
        pass  # opens the file, which the child inherits
    forked = get_context("fork")
    start, entered = forked.Event(), forked.Event()

    def enter() -> None:
        start.wait(20)
        with line:
            entered.set()

    child = forked.Process(target=enter)
    child.start()
    with line:
        start.set()
        assert not entered.wait(0.1)
    child.join(20)
    assert entered.is_set()


def _open_files() -> list[str]:
    return sorted(file.name for file in Path("/dev/fd").iterdir())


def test_closed_it_keeps_no_file_and_opens_anew(tmp_path: Path) -> None:
    line, before = WriterQueue(tmp_path / "line"), _open_files()
    for _ in range(2):
        with line:
            line.close()  # who is in line keeps what it has
            assert len(_open_files()) > len(before)
        line.close()
        line.close()
        assert _open_files() == before


def test_threads_give_up_after_a_while(tmp_path: Path) -> None:
    line = WriterQueue(tmp_path / "line", 0.01)
    with line, ThreadPoolExecutor(1) as pool, pytest.raises(OperationalError):
        pool.submit(line.__enter__).result(20)


def _stop_inside(path: Path) -> None:
    with WriterQueue(path):
        os.kill(os.getpid(), signal.SIGSTOP)


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[BaseProcess]:
    """A process that was stopped when it was its turn."""
    other = get_context("fork").Process(target=_stop_inside, args=(tmp_path / "line",))
    other.start()
    assert other.pid
    assert os.WIFSTOPPED(os.waitpid(other.pid, os.WUNTRACED)[1])
    yield other
    other.kill()
    other.join(20)


def test_whoever_waits_behind_a_stopped_process_gives_up(tmp_path: Path, stopped: BaseProcess) -> None:
    line = WriterQueue(tmp_path / "line", 0.05)
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(line.__enter__) for _ in range(6)]
        for one in waiting:
            assert isinstance(one.exception(20), OperationalError)


@pytest.mark.parametrize("end", [signal.SIGCONT, signal.SIGKILL])
def test_who_gave_up_keeps_nobody_waiting_later(tmp_path: Path, stopped: BaseProcess, end: int) -> None:
    line = WriterQueue(tmp_path / "line", 0.05)
    for _ in range(3):
        with pytest.raises(OperationalError), line:
            os.abort()
    assert stopped.pid
    os.kill(stopped.pid, end)
    stopped.join(20)
    for turn in (line, WriterQueue(tmp_path / "line", 0.05), line):
        with turn:
            pass


def test_each_one_that_leaves_wakes_one_that_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "LOOK_SECONDS", 600)  # nobody looks unasked: one ring missed, and it gives up
    lines, inside, most = [WriterQueue(tmp_path / "line", 20) for _ in range(4)], 0, 0

    def take_turns(line: WriterQueue) -> None:
        nonlocal inside, most
        for _ in range(200):
            with line:
                inside += 1
                most = max(most, inside)
                time.sleep(0)
                inside -= 1

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(take_turns, line) for line in 2 * lines]:
            done.result(60)
    assert most == 1


def test_a_full_pipe_of_rings_that_nobody_heard_does_no_harm(tmp_path: Path) -> None:
    line, other = WriterQueue(tmp_path / "line"), WriterQueue(tmp_path / "line", 0.05)
    with line:
        with pytest.raises(OperationalError), other:
            os.abort()
        bell = os.open(tmp_path / "line-bell", os.O_WRONLY | os.O_NONBLOCK)
        with suppress(BlockingIOError):
            while True:
                os.write(bell, b"!" * 4096)
        os.close(bell)
    with line, pytest.raises(OperationalError), other:
        os.abort()
    with other:
        pass


def test_a_folder_that_takes_no_file_is_said_like_any_trouble_of_the_database(tmp_path: Path) -> None:
    line = WriterQueue(tmp_path / "no-such-folder" / "line")
    for _ in range(2):  # the second: the first has left the line
        with pytest.raises(OperationalError), line:
            os.abort()
