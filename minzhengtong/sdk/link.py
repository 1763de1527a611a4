"""What connects an app to a platform: addresses, credentials, store and transport."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx2


def _system_time() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Link:
    """Passed to `MiniApp.connect`. A hosted app gets it from the platform, a remote one makes its own."""

    platform_url: str
    """Issuer, API and pages, without a slash at the end."""
    origin: str
    """The app's own, without a slash at the end."""
    client_id: str
    client_secret: str
    store: Path
    transport: httpx2.BaseTransport | None = None
    """None for real HTTP; inside the platform's process, a WSGI transport to the platform."""
    now: Callable[[], datetime] = _system_time
    asset: Callable[[str], str] = "/_mzt/{}".format
    """The path, at the app's own origin, of a stylesheet or drawing of the platform."""
