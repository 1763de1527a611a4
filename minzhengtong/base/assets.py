"""Versions of the stylesheets, scripts and drawings, and how long a browser may keep one. Serves none."""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256

from minzhengtong.base.paths import STATIC

ASSETS = "/static"
"""Where the platform's own origin has them."""
APP_ASSETS = "/_mzt"
"""Where every app's origin has the platform's stylesheets and icons."""
PARAMETER = "v"
FOR_EVER = "public, max-age=31536000, immutable"
"""For an address that names its content: another content has another address."""
BRIEFLY = "public, max-age=300"
"""For any other: an upgrade reaches every browser within five minutes."""


@cache
def versions() -> Mapping[str, str]:
    """The digest of every file by its name: of its content, so that checkout and wheel agree. Read once."""
    files = (path for path in STATIC.rglob("*") if path.is_file())
    return {path.relative_to(STATIC).as_posix(): sha256(path.read_bytes()).hexdigest()[:12] for path in files}


def asset(name: str) -> str:
    """The address of a file at the platform's origin under which it may be kept for ever."""
    return f"{ASSETS}/{_versioned(name)}"


def app_asset(name: str) -> str:
    """The same at an app's origin."""
    return f"{APP_ASSETS}/{_versioned(name)}"


def _versioned(name: str) -> str:
    return f"{name}?{PARAMETER}={versions()[name]}"


def cache_control(name: str, asked: str | None) -> str:
    """How long an answer may be kept that was asked for in this version, if in any."""
    return FOR_EVER if asked and asked == versions().get(name) else BRIEFLY
