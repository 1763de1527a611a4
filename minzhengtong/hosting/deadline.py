"""Foreign code for a limited time. A thread cannot be stopped, so what is late is left behind, not ended."""

import sys
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

Result = TypeVar("Result")


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
        return done.result(seconds)
    except TimeoutError:
        if done.done():
            raise  # it was the call's own
        frame = sys._current_frames().get(thread.ident or 0)
        raise TooSlow(seconds, traceback.extract_stack(frame)) from None
