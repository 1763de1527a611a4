"""Foreign code for a limited time. A thread cannot be stopped, so what is late is left behind, not ended."""

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

SHORT_SECONDS = 0.2
SLICE_SECONDS = 0.0001
"""Python lets a thread that computes keep the interpreter for 5 ms, each time another one wants it: two that
loop made every request 20 times slower. While a call is long, a turn is 0.1 ms for all."""


class TooSlow(Exception):
    """The call did not come back; `stack` is where it was just then. Its thread goes on."""

    def __init__(self, seconds: float, stack: traceback.StackSummary) -> None:
        super().__init__(f"no answer within {seconds:g} s")
        self.stack = stack


def within(seconds: float, call: Callable[[], Result]) -> Result:
    """The result of `call`, made in a thread of its own: 0.1 ms. Raises: TooSlow, and what `call` raises."""
    done: Future[Result] = Future()

    def run() -> None:
        try:
            done.set_result(call())
        except BaseException as error:  # noqa: BLE001  (foreign code: SystemExit goes to the caller as well)
            done.set_exception(error)

    thread = Thread(target=run, daemon=True)  # a process that ends does not wait for it
    thread.start()
    try:
        return _awaited(done, seconds)
    except TimeoutError:
        if done.done():  # the TimeoutError is the call's own, or it came back just now
            return done.result()
        raise TooSlow(seconds, _stack(thread)) from None


class Turns:
    """How long a thread may keep the interpreter: less while any call is long, left behind or not."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._long_calls = 0
        self._usual_seconds = 0.0

    def shorten_until(self, done: Future[Any]) -> None:
        """Count one more long call, until it is done."""
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


_turns = Turns()


def _awaited(done: Future[Result], seconds: float) -> Result:
    if not wait([done], min(seconds, SHORT_SECONDS)).done:
        _turns.shorten_until(done)
    return done.result(max(0, seconds - SHORT_SECONDS))


def _stack(thread: Thread) -> traceback.StackSummary:
    """Where a thread is, read between two of its steps; of one that has just ended, where we are.

    A loop in Python would let it go on meanwhile, as would a collection of garbage. Python 3.11 then read
    frames that had gone with their thread, and the process died before the app was quarantined.
    """
    frames: list[Any] = []
    was_collecting = gc.isenabled()
    gc.disable()
    try:
        first = sys._current_frames().get(thread.ident or 0, sys._getframe())
        with suppress(AttributeError):  # None, behind the last frame, has no f_back
            deque(map(frames.append, accumulate(repeat("f_back"), getattr, initial=first)), maxlen=0)
    finally:
        if was_collecting:
            gc.enable()
    return traceback.StackSummary.extract((frame, frame.f_lineno) for frame in reversed(frames) if frame)
