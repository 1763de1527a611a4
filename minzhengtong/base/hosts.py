"""Compares hosts and origins as browsers and servers do, not as text."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_AUTHORITY = re.compile(
    rf"(?P<host>{_LABEL}(?:\.{_LABEL})*\.?|\[[0-9A-Fa-f]*:[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{{1,5}}))?"
)
_NUMBER = re.compile(r"(^|\.)(\d+|0x[0-9a-f]*)$")
"""How a host ends that browsers read as an IPv4 address (URL Standard §3.5): 127.1, 2130706433, 0x7f.1."""


def is_plain_authority(authority: str) -> bool:
    """Whether this is a host, and perhaps a port from 1 to 65535, that no reader takes for anything else.

    The host is a name (RFC 1123 §2.1), four decimal numbers, or an IPv6 address in brackets. Other characters
    are refused because a Content-Security-Policy has the host in it: a semicolon would end its directive.
    """
    parts = _AUTHORITY.fullmatch(authority)
    if not parts or not 1 <= int(parts["port"] or 1) <= 65535:
        return False
    host = parts["host"].lower().removesuffix(".")
    is_address = host.startswith("[") or _NUMBER.search(host)
    return not is_address or _address(host.strip("[]")) is not None


def is_origin(url: str) -> bool:
    """Whether a URL is an http(s) origin: scheme, host, and a port or none."""
    scheme, _, authority = url.partition("://")
    return scheme in DEFAULT_PORTS and is_plain_authority(authority)


def is_loopback(host: str) -> bool:
    """Whether a host can only mean this machine (RFC 6761 §6.3, RFC 8252 §7.3); IPv6 also in brackets."""
    address = _address(host.strip("[]"))
    if address is None:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback


def cookie_host(url: str) -> str:
    """The host by which a browser keeps cookies: lower case, without a final dot, whatever the port."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    return str(_address(host) or host)


def port_of(url: str) -> int:
    """The port of an http or https URL, also if it is not written."""
    parts = urlsplit(url)
    return parts.port or DEFAULT_PORTS[parts.scheme]


def origin_key(url: str) -> str:
    """Host and port, equal for two URLs that one server may answer: all addresses of the loopback are one.

    The scheme does not count, because one port speaks one.
    """
    host = cookie_host(url)
    address = _address(host)
    is_this_machine = address.is_loopback or address.is_unspecified if address else host == "localhost"
    return f"{'loopback' if is_this_machine else host}:{port_of(url)}"


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
