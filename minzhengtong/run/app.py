"""Puts the platform and the hosted mini-apps behind one WSGI callable."""

from collections.abc import Callable
from functools import partial
from wsgiref.types import WSGIApplication

from minzhengtong.hosting.apps import HostedApps
from minzhengtong.hosting.deliver import deliver_due
from minzhengtong.hosting.limits.watch import Watch
from minzhengtong.hosting.serve import serve_all
from minzhengtong.runtime import Runtime
from minzhengtong.web.kit.current import HOSTED
from minzhengtong.web.platform import create_platform


def create_app(runtime: Runtime) -> WSGIApplication:
    """The WSGI callable of this process: the platform and each mini-app at its own address."""
    return create_watched(runtime)[0]


def create_watched(
    runtime: Runtime, *, end_process: Callable[[], None] | None = None
) -> tuple[WSGIApplication, Watch]:
    """As `create_app`, and the watch that is to be told of processes that die.

    `end_process` has this process replaced after a mini-app has hung in it or filled its memory.
    """
    hosted = _hosted(runtime, end_process)
    hosted.watch.server_starts()
    return serve_all(hosted.platform, hosted), hosted.watch


def create_delivery(
    runtime: Runtime, *, end_process: Callable[[], None] | None = None
) -> tuple[Callable[[], int], Watch]:
    """The call that delivers the events that are due, and the watch that is to be told of the worker's end.

    `end_process` as in `create_watched`.
    """
    hosted = _hosted(runtime, end_process)
    return partial(deliver_due, hosted), hosted.watch


def _hosted(runtime: Runtime, end_process: Callable[[], None] | None) -> HostedApps:
    platform = create_platform(runtime)
    platform.extensions[HOSTED] = HostedApps(runtime, platform, end_process=end_process)
    hosted: HostedApps = platform.extensions[HOSTED]
    return hosted
