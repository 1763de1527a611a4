"""The supervisor: starts web and worker from one warm process, and owns all it started."""

import ctypes
import gc
import os
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from minzhengtong.base.settings import Settings
from minzhengtong.run.app import create_delivery, create_watched
from minzhengtong.run.worker import work
from minzhengtong.runtime import Runtime

PR_SET_PDEATHSIG = 1
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
RESTART_PAUSE_SECONDS = 1.0


def serve(runtime: Runtime, *, with_worker: bool, when_ready: Callable[[], None]) -> int:
    """Serve until a signal comes; return the exit code.

    A worker that dies is started again; when web ends, everything ends. Children die with this process,
    even when it is killed.
    """
    jobs: dict[str, Callable[[], None]] = {"web": lambda: _Web(runtime, when_ready).run()}
    if with_worker:
        jobs["worker"] = lambda: run_worker(runtime)
    stopping = _StopFlag()
    running = {_fork(runtime, job): name for name, job in jobs.items()}
    code = 0
    while running:
        pid, code_of_child = _wait(running, stopping)
        name = running.pop(pid)
        if name == "worker" and not stopping():
            time.sleep(RESTART_PAUSE_SECONDS)
            running[_fork(runtime, jobs[name])] = name
        elif name == "web":
            code = 0 if stopping() and code_of_child == -signal.SIGTERM else code_of_child
            stopping.set()
            _signal_all(running)
    return code


def gunicorn_options(settings: Settings) -> dict[str, Any]:
    """How gunicorn serves us; the benchmarks serve their baselines by the same."""
    return {
        "bind": f"{settings.bind}:{settings.port}",
        "workers": settings.web_processes,
        "threads": settings.web_threads,
        "worker_class": "minzhengtong.run.web_process.WebProcess",
        "preload_app": True,
        "graceful_timeout": 5,
        # Longer than clients and proxies (nginx: 60 s) keep an idle connection: whoever closes first must not
        # be the server, which may do so while a request is on its way. gunicorn's own value is 2 s.
        "keepalive": 75,
        "loglevel": "warning",
        "control_socket_disable": True,  # nobody steers a laptop's server through a socket in its folder
    }


def run_worker(runtime: Runtime) -> None:
    """Be the worker of this process until a signal comes."""
    deliver_due, watch = create_delivery(runtime, end_process=_end_process)
    work(runtime, deliver_due, _StopFlag())
    watch.process_ends()


class _StopFlag:
    """Turns true when the process is asked to stop."""

    def __init__(self) -> None:
        self._set = False
        for number in STOP_SIGNALS:
            signal.signal(number, self.set)

    def set(self, number: int = 0, frame: FrameType | None = None) -> None:
        self._set = True

    def __call__(self) -> bool:
        return self._set


class _Arbiter(Arbiter):  # type: ignore[misc]
    """gunicorn's master; by itself it stops all when a process ends with code 3 or 4, as a mini-app might.

    They mean that the app could not be loaded, which here has happened before any process was forked.
    """

    WORKER_BOOT_ERROR = APP_LOAD_ERROR = -1


class _Web(BaseApplication):  # type: ignore[misc]
    """gunicorn with our settings; the app is built once, before its workers are forked."""

    def __init__(self, runtime: Runtime, when_ready: Callable[[], None]) -> None:
        self._runtime, self._when_ready = runtime, when_ready
        super().__init__()

    def load_config(self) -> None:
        hooks = {
            "pre_fork": lambda server, worker: self._runtime.db.dispose(),
            "when_ready": lambda server: self._when_ready(),
            "worker_exit": lambda server, worker: self._watch.process_ends(),
            "child_exit": lambda server, worker: self._watch.process_died(worker.pid),
        }
        for name, value in (gunicorn_options(self._runtime.settings) | hooks).items():
            self.cfg.set(name, value)

    def run(self) -> None:
        _Arbiter(self).run()

    def load(self) -> Any:
        app, self._watch = create_watched(self._runtime, end_process=_end_process)
        _settle()
        return app


def _end_process() -> None:
    """End this web process or worker calmly; its parent starts another."""
    os.kill(os.getpid(), signal.SIGTERM)


def _fork(runtime: Runtime, job: Callable[[], None]) -> int:
    runtime.db.dispose()  # a forked child may not share a connection
    _settle()
    sys.stdout.flush()
    pid = _fork_without_handlers()
    if pid:
        return pid
    _die_with_parent()
    try:
        job()
    except SystemExit as end:
        os._exit(end.code if isinstance(end.code, int) else 1)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(0)


def _fork_without_handlers() -> int:
    """As `os.fork`. A flag of ours says nothing to a child: until it listens itself, a signal is to end it.

    It is told once to stop. With our handlers it took that for done and went on, and we waited for ever.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        pid = os.fork()
        for number in () if pid else STOP_SIGNALS:
            signal.signal(number, signal.SIG_DFL)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
    return pid


def _settle() -> None:
    """Before a fork: take what exists out of the collector's sight, whose marks copy every shared page."""
    gc.collect()
    gc.freeze()


def _die_with_parent() -> None:
    """Ask Linux for SIGTERM when the parent ends; elsewhere Ctrl-C still reaches the whole group."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait(running: dict[int, str], stopping: _StopFlag) -> tuple[int, int]:
    told = False
    while True:
        if stopping() and not told:
            _signal_all(running)
            told = True
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid in running:
            return pid, os.waitstatus_to_exitcode(status)
        time.sleep(0.1)


def _signal_all(running: dict[int, str]) -> None:
    for pid in running:
        os.kill(pid, signal.SIGTERM)
