"""Keeps the tests on this machine: only the loopback may be reached. Sees Python's own sockets only."""

import ipaddress
import sys
from typing import Any


class NetworkRefused(RuntimeError):
    """A test tried to leave the machine."""


def stay_on_loopback() -> None:
    """Refuse, from now on and for the life of the process, every connection that leaves the loopback."""
    sys.addaudithook(_judge)


def _judge(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        _check(arguments[1][0])
    elif event == "socket.getaddrinfo" and arguments[0]:
        _check(arguments[0])


def _check(host: str | bytes) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name == "localhost" or name.endswith(".localhost"):
        return
    try:
        allowed = ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        allowed = False
    if not allowed:
        raise NetworkRefused(f"tests stay on the loopback, not {name}")
