"""Runs an app's code with a timeout. A thread cannot be stopped, so a late call goes on in its thread."""

import gc
import sys
import traceback
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress
from itertools import accumulate, repeat
from threading import Lock, Thread
from typing import Any, TypeVar

Result = TypeVar("Result")

CALL = "mzt-call"
"""The name of a thread that runs a call."""
SHORT_SECONDS = 0.2
SLICE_SECONDS = 0.0001
"""The interpreter's switch interval while a call is long. By default a computing thread keeps the interpreter
for 5 ms each time another one wants it: two endless loops made every request 20 times slower."""


class TooSlow(Exception):
    """The call did not return in time; `stack` is where it was then. Its thread goes on."""

    def __init__(self, seconds: float, stack: traceback.StackSummary) -> None:
        super().__init__(f"no answer within {seconds:g} s")
        self.stack = stack


def within(seconds: float, call: Callable[[], Result]) -> Result:
    """Run `call` in a thread of its own, which takes 0.1 ms. Raises: TooSlow, and what `call` raises."""
    done: Future[Result] = Future()

    def run() -> None:
        try:
            done.set_result(call())
        except BaseException as error:  # noqa: BLE001  (SystemExit too goes to the caller)
            done.set_exception(error)

    thread = Thread(target=run, name=CALL, daemon=True)  # the process does not wait for it when it ends
    thread.start()
    try:
        return _awaited(done, seconds)
    except TimeoutError:
        if done.done():  # the call itself raised TimeoutError, or has just returned
            return done.result()
        raise TooSlow(seconds, stack_of(thread)) from None


class SwitchInterval:
    """Shortens the interpreter's switch interval while any call is long, also one that has timed out."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._long_calls = 0
        self._usual_seconds = 0.0

    def shorten_until(self, done: Future[Any]) -> None:
        """Count one more long call until it is done."""
        with self._lock:
            if not self._long_calls:
                self._usual_seconds = sys.getswitchinterval()
                sys.setswitchinterval(SLICE_SECONDS)
            self._long_calls += 1
        done.add_done_callback(self._call_is_over)

    def _call_is_over(self, _: Future[Any]) -> None:
        with self._lock:
            self._long_calls -= 1
            if not self._long_calls:
                sys.setswitchinterval(self._usual_seconds)


switch_interval = SwitchInterval()


def _awaited(done: Future[Result], seconds: float) -> Result:
    if not wait([done], min(seconds, SHORT_SECONDS)).done:
        switch_interval.shorten_until(done)
    return done.result(max(0, seconds - SHORT_SECONDS))


def stack_of(thread: Thread) -> traceback.StackSummary:
    """The stack of a running thread; our own if it has just ended.

    A Python loop or a garbage collection would let the thread go on meanwhile, and Python 3.11 then read
    frames that were gone and died before the app was quarantined. So one call in C reads the frames.
    """
    frames: list[Any] = []
    was_collecting = gc.isenabled()
    gc.disable()
    try:
        first = sys._current_frames().get(thread.ident or 0, sys._getframe())
        with suppress(AttributeError):  # after the last frame comes None, which has no f_back
            deque(map(frames.append, accumulate(repeat("f_back"), getattr, initial=first)), maxlen=0)
    finally:
        if was_collecting:
            gc.enable()
    return traceback.StackSummary.extract((frame, frame.f_lineno) for frame in reversed(frames) if frame)
