"""Serves the platform and its mini-apps: web processes and a worker, forked from one warm process."""

import os
import signal
from collections.abc import Callable
from functools import partial
from socket import socket
from urllib.parse import urlsplit

from minzhengtong.run.app import create_delivery, create_watched
from minzhengtong.run.forking import Job
from minzhengtong.run.stopping import StopFlag
from minzhengtong.run.supervisor import supervise
from minzhengtong.run.web_process import web_job
from minzhengtong.run.worker import work
from minzhengtong.runtime import Runtime


def serve(runtime: Runtime, listener: socket, *, with_worker: bool, when_ready: Callable[[], None]) -> int:
    """Serve until a stop signal comes; return the exit code. A process that dies is forked again."""
    app, watch = create_watched(runtime, end_process=_end_process)
    settings = runtime.settings
    scheme = urlsplit(settings.public_url).scheme
    jobs = [
        web_job(app, listener, threads=settings.web_threads, scheme=scheme, at_end=watch.process_ends)
        for _ in range(settings.web_processes)
    ]
    if with_worker:
        jobs.append(Job("mzt-worker", partial(_run_worker_beside, listener, runtime)))
    return supervise(
        jobs, before_fork=runtime.db.dispose, after_death=watch.process_died, when_ready=when_ready
    )


def run_worker(runtime: Runtime) -> None:
    """Be the worker of this process until a stop signal comes."""
    deliver_due, watch = create_delivery(runtime, end_process=_end_process)
    work(runtime, deliver_due, StopFlag())
    watch.process_ends()


def _run_worker_beside(listener: socket, runtime: Runtime) -> None:
    listener.close()  # or the port would be in use until the worker has ended
    run_worker(runtime)


def _end_process() -> None:
    """End this web process or worker calmly; the supervisor forks another."""
    os.kill(os.getpid(), signal.SIGTERM)
