"""A call with a timeout: a late one goes on in its thread and disturbs nothing else."""

import subprocess
import sys
import textwrap
from concurrent.futures import Future, wait

import pytest

from minzhengtong.base import deadline
from minzhengtong.base.deadline import within

READ_A_STACK_THAT_ENDS = """
import gc, sys, threading, time
from minzhengtong.base.deadline import TooSlow, within

reader, is_reading = threading.get_ident(), []

def deep(left, comes_back):
    return deep(left - 1, comes_back) if left else comes_back.wait(5)

def read(pauses_at):
    comes_back, collections = threading.Event(), []

    def pause(phase, _):
        if phase == "start" and is_reading and threading.get_ident() == reader:
            collections.append(phase)
            if len(collections) == pauses_at:
                comes_back.set()
                time.sleep(0.02)

    is_reading.clear()
    gc.callbacks[:] = [pause]
    try:
        within(0.01, lambda: deep(50, comes_back))
    except TooSlow as late:
        assert len(late.stack) > 50
        assert late.stack[-1].name == "wait"
        print(pauses_at, flush=True)
    comes_back.set()

sys.addaudithook(lambda event, _: is_reading.append(event) if event == "sys._current_frames" else None)
gc.set_threshold(1)
for pauses_at in range(1, 21):
    read(pauses_at)
"""
TURNS = """
import sys, threading
from concurrent.futures import Future
from threading import Event
from minzhengtong.base import deadline

def is_short():
    return abs(sys.getswitchinterval() - deadline.SLICE_SECONDS) < 1e-9
"""


def test_a_call_may_end_while_its_stack_is_read() -> None:
    """At every collection of garbage, whose finalizers may let other threads run."""
    command = [sys.executable, "-c", READ_A_STACK_THAT_ENDS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout.split()) == (0, [str(number) for number in range(1, 21)]), (
        done.stderr
    )


def test_a_call_that_returns_at_the_timeout_gives_its_result(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_late(done: Future[int], seconds: float) -> int:
        wait([done], seconds)
        raise TimeoutError

    monkeypatch.setattr(deadline, "_awaited", too_late)
    assert within(5, lambda: 5) == 5


def test_the_switch_interval_is_short_until_the_last_long_call_ends() -> None:
    in_a_process_of_its_own("""
        turns, first, second = deadline.SwitchInterval(), Future(), Future()
        turns.shorten_until(first)
        turns.shorten_until(second)
        first.set_result(None)
        assert is_short()
        second.set_result(None)
        assert not is_short()
    """)


def test_a_call_that_timed_out_counts_as_long_until_it_ends() -> None:
    in_a_process_of_its_own("""
        deadline.SHORT_SECONDS, goes_on = 0.01, Event()
        try:
            deadline.within(0.02, goes_on.wait)
        except deadline.TooSlow:
            assert is_short()
        else:
            raise AssertionError
        assert deadline.within(1, lambda: 5) == 5
        assert is_short()
        goes_on.set()
        for thread in threading.enumerate()[1:]:
            thread.join(20)
        assert not is_short()
    """)


def in_a_process_of_its_own(code: str) -> None:
    """Turns are the whole process's, and here another test may have left a long call behind."""
    done = subprocess.run(
        [sys.executable, "-c", TURNS + textwrap.dedent(code)], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
