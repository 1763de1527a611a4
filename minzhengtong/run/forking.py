"""Forks a child that does one job and ends; it never goes on into the parent's code."""

import ctypes
import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import NamedTuple, NoReturn

from minzhengtong.run.heartbeat import Heartbeat
from minzhengtong.run.stopping import STOP_SIGNALS

PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15


class Job(NamedTuple):
    """What a child does. `ps -o comm` shows the name, of which Linux keeps 15 letters.

    A job with a heartbeat calls its `beat` at least ten times a second.
    """

    name: str
    run: Callable[[], None]
    heartbeat: Heartbeat | None = None


def fork(job: Job) -> int:
    """Start a child that does the job; return its pid. Files and memory are shared, threads are not."""
    gc.collect()
    gc.freeze()  # a collection in the child would write to each page of these objects, and so copy it
    sys.stdout.flush()
    return _fork_without_handlers() or _be(job)


def _fork_without_handlers() -> int:
    """As `os.fork`, but a stop signal ends the child until the child sets handlers of its own.

    With the parent's handlers it would only set its copy of the parent's flag, and go on for ever.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        pid = os.fork()
        for number in () if pid else STOP_SIGNALS:
            signal.signal(number, signal.SIG_DFL)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
    return pid


def _be(job: Job) -> NoReturn:
    code = 1
    try:
        _prepare(job.name)
        job.run()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001  (an error, too, must end the child here)
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # threads that are late are not waited for


def _prepare(name: str) -> None:
    """On Linux: take a name, and ask for SIGTERM when the parent dies. Elsewhere Ctrl-C ends the group."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(PR_SET_NAME, name.encode())
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
