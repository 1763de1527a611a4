"""Foreign code for a limited time. A thread cannot be stopped, so what is late is left behind, not ended."""

import sys
import traceback
from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Thread
from typing import TypeVar

Result = TypeVar("Result")

SHORT_SECONDS = 0.2
SLICE_SECONDS = 0.0001
"""Python lets a thread that computes keep the interpreter for 5 ms, each time another one wants it: two that
loop made every request 20 times slower. Once a call is long, a turn is 0.1 ms for all."""


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
        if done.done():
            raise  # it was the call's own
        frame = sys._current_frames().get(thread.ident or 0)
        raise TooSlow(seconds, traceback.extract_stack(frame)) from None


def _awaited(done: Future[Result], seconds: float) -> Result:
    if not wait([done], min(seconds, SHORT_SECONDS)).done:
        sys.setswitchinterval(SLICE_SECONDS)
    return done.result(max(0, seconds - SHORT_SECONDS))
