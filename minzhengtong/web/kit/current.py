"""What a view needs of its process: runtime, hosted apps, callers, time, keys."""

from datetime import datetime
from typing import cast

from flask import current_app
from sqlalchemy import Connection

from minzhengtong.hosting.apps import HostedApps
from minzhengtong.keys.keyring import Keys
from minzhengtong.runtime import Runtime
from minzhengtong.scans.callers import CallerCache

EXTENSION = "minzhengtong"
HOSTED = "minzhengtong-hosted"
CALLERS = "minzhengtong-callers"


def runtime() -> Runtime:
    """The runtime this Flask app was made with."""
    return cast(Runtime, current_app.extensions[EXTENSION])


def hosted() -> HostedApps:
    """The mini-apps that this process hosts."""
    return cast(HostedApps, current_app.extensions[HOSTED])


def callers() -> CallerCache:
    """The callers of the API that this process has cached."""
    return cast(CallerCache, current_app.extensions[CALLERS])


def now() -> datetime:
    """The injected clock's time."""
    return runtime().clock.now()


def keys(conn: Connection) -> Keys:
    """The keys that are valid now, from the process's cache."""
    return runtime().keyring.current(conn)
