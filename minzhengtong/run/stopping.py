"""Notes the signals that ask a process of ours to stop."""

import signal
from types import FrameType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopFlag:
    """Turns true when the process is asked to stop. Made in the main thread: it sets the signal handlers."""

    def __init__(self) -> None:
        self._set = False
        for number in STOP_SIGNALS:
            signal.signal(number, self._note)

    def __call__(self) -> bool:
        return self._set

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._set = True
