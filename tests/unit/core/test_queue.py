"""Writers of one SQLite file come one after the other, threads and processes alike."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from minzhengtong.core import queue
from minzhengtong.core.queue import WriterQueue


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


def test_threads_give_up_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "WAIT_SECONDS", 0.01)
    line = WriterQueue(tmp_path / "line")
    with line, ThreadPoolExecutor(1) as pool, pytest.raises(OperationalError):
        pool.submit(line.__enter__).result(20)


def test_a_folder_that_takes_no_file_is_said_like_any_trouble_of_the_database(tmp_path: Path) -> None:
    line = WriterQueue(tmp_path / "no-such-folder" / "line")
    for _ in range(2):  # the second: the first has left the line
        with pytest.raises(OperationalError), line:
            os.abort()
