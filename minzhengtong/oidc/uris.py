"""Which URIs a client may register."""

import re
from ipaddress import IPv4Address
from urllib.parse import SplitResult, urlsplit

from minzhengtong.base.errors import InvalidInput
from minzhengtong.base.hosts import cookie_host, is_loopback

_NUMBER = re.compile(r"(^|\.)(\d+|0x[0-9a-f]*)$")
"""How a host ends that browsers read as an IPv4 address (URL Standard §3.5): 127.1, 2130706433, 0x7f.1."""
_PRINTABLE = re.compile(r"[\x21-\x7e]{1,2000}")


class UriRefused(InvalidInput):
    """A URI that a client may not register."""

    code = "uri_refused"
    title = "The URI cannot be registered"


def check_uri(uri: str, issuer: str) -> None:
    """Check that a redirect to the URI is safe: absolute, exact, not on the platform's own host name.

    Raises: UriRefused.
    """
    parts = _split(uri)
    if "#" in uri or "*" in uri or "\\" in uri or "@" in parts.netloc or "%" in parts.netloc:
        raise UriRefused("a URI without fragment, wildcard, backslash, user and escapes in its host", uri)
    host = cookie_host(uri)
    if _NUMBER.search(host) and not _is_ipv4(host):
        raise UriRefused("an IPv4 address as four decimal numbers", uri)
    if parts.scheme == "http" and not is_loopback(host):
        raise UriRefused("https, or http on the loopback", uri)
    if host == cookie_host(issuer):
        advice = f"http://127.0.0.1:{parts.port or 9000}" if host == "localhost" else "another host name"
        raise UriRefused(f"a host name other than {host}", uri, f"cookies ignore ports: use {advice}")


def _is_ipv4(host: str) -> bool:
    try:
        IPv4Address(host)
    except ValueError:
        return False
    return True


def _split(uri: str) -> SplitResult:
    try:
        parts = urlsplit(uri)
        valid = bool(_PRINTABLE.fullmatch(uri) and parts.hostname and parts.port != 0)
    except ValueError:
        valid = False
    if not valid or parts.scheme not in ("http", "https"):
        raise UriRefused("an absolute http or https URI in ASCII", uri)
    return parts
