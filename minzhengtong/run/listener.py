"""Opens the socket that all web processes accept connections from."""

import resource
import socket
from operator import itemgetter

from minzhengtong.base.settings import SettingRefused

BACKLOG = 1_024
FILES = 16_384
"""Open files that a web process may need: one for each connection, one more while a large body is on disk."""


def listen(host: str, port: int) -> socket.socket:
    """Bind and listen on a name or address; IPv6 may stand in brackets. Raises: SettingRefused."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        family, _, _, _, address = min(found, key=itemgetter(0))  # IPv4 before IPv6 if a name has both
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except (OSError, UnicodeError) as error:  # UnicodeError: a name with an empty or a long part
        expected = f"MZT_BIND={host} and MZT_PORT={port} to be a free address of this machine"
        raise SettingRefused(expected, str(getattr(error, "strerror", error))) from error


def raise_file_limit() -> int:
    """Let this process open `FILES` files, or as many as the hard limit allows; return how many it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = max(soft, FILES if hard == resource.RLIM_INFINITY else min(FILES, hard))
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return allowed
