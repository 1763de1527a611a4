"""Foreign code for a limited time: whoever is late is left behind, and harms nobody."""

import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Event

import pytest

from minzhengtong.hosting import deadline
from minzhengtong.hosting.deadline import TooSlow, within
from tests.faults.cluster import wait_until

READ_A_STACK_THAT_ENDS = """
import gc, sys, threading, time
from minzhengtong.hosting.deadline import TooSlow, within

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


def test_a_late_call_may_end_while_its_stack_is_read() -> None:
    """At every collection of garbage, whose finalizers may let other threads run."""
    command = [sys.executable, "-c", READ_A_STACK_THAT_ENDS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout.split()) == (0, [str(number) for number in range(1, 21)]), (
        done.stderr
    )


def test_who_comes_back_at_the_last_moment_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_late(done: Future[int], seconds: float) -> int:
        wait([done], seconds)
        raise TimeoutError

    monkeypatch.setattr(deadline, "_awaited", too_late)
    assert within(5, lambda: 5) == 5


def test_turns_are_short_while_any_call_is_long_and_only_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline, "SHORT_SECONDS", 0.01)
    wait_until(lambda: not is_short(), "calls that earlier tests left behind have ended")
    goes_on = [Event(), Event()]
    with ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(within, 20, event.wait) for event in goes_on]
        wait_until(is_short, "both are long")
        goes_on[0].set()
        assert calls[0].result()
        assert is_short()
        goes_on[1].set()
        assert calls[1].result()
    wait_until(lambda: not is_short(), "the usual turns")


def test_a_call_that_was_left_behind_is_long_until_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline, "SHORT_SECONDS", 0.01)
    wait_until(lambda: not is_short(), "calls that earlier tests left behind have ended")
    goes_on = Event()
    with pytest.raises(TooSlow):
        within(0.02, goes_on.wait)
    assert is_short()
    assert within(1, lambda: 5) == 5
    assert is_short()
    goes_on.set()
    wait_until(lambda: not is_short(), "the usual turns")


def is_short() -> bool:
    return sys.getswitchinterval() == pytest.approx(deadline.SLICE_SECONDS)
