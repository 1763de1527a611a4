"""Foreign code for a limited time: whoever is late is left behind, and harms nobody."""

import subprocess
import sys
from concurrent.futures import Future, wait

import pytest

from minzhengtong.hosting import deadline
from minzhengtong.hosting.deadline import within

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
