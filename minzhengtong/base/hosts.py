"""Compares hosts and origins as browsers and servers do, not as text."""

from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}


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
