"""The only place that wires the house: the platform and the mini-apps behind one WSGI callable. No routes."""

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
    """Everything this process serves: the platform at its own address, each mini-app at its own."""
    return create_watched(runtime)[0]


def create_watched(
    runtime: Runtime, *, end_process: Callable[[], None] | None = None
) -> tuple[WSGIApplication, Watch]:
    """As `create_app`, and whom to tell of processes that die.

    `end_process` has this process replaced when a mini-app has spoiled it.
    """
    hosted = _hosted(runtime, end_process)
    hosted.watch.server_starts()
    return serve_all(hosted.platform, hosted), hosted.watch


def create_delivery(
    runtime: Runtime, *, end_process: Callable[[], None] | None = None
) -> tuple[Callable[[], int], Watch]:
    """What the worker calls to deliver the events that are due, and whom it tells of its end.

    `end_process` as in `create_watched`.
    """
    hosted = _hosted(runtime, end_process)
    return partial(deliver_due, hosted), hosted.watch


def _hosted(runtime: Runtime, end_process: Callable[[], None] | None) -> HostedApps:
    platform = create_platform(runtime)
    platform.extensions[HOSTED] = HostedApps(runtime, platform, end_process=end_process)
    hosted: HostedApps = platform.extensions[HOSTED]
    return hosted
