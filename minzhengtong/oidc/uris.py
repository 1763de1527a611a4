"""Which URIs a client may register."""

import re
from urllib.parse import SplitResult, urlsplit

from minzhengtong.base.errors import InvalidInput
from minzhengtong.base.hosts import cookie_host, is_loopback, is_plain_authority

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
    if not is_plain_authority(parts.netloc):
        raise UriRefused("a host name, four decimal numbers or an IPv6 address as the host", uri)
    host = cookie_host(uri)
    if parts.scheme == "http" and not is_loopback(host):
        raise UriRefused("https, or http on the loopback", uri)
    if host == cookie_host(issuer):
        advice = f"http://127.0.0.1:{parts.port or 9000}" if host == "localhost" else "another host name"
        raise UriRefused(f"a host name other than {host}", uri, f"cookies ignore ports: use {advice}")


def _split(uri: str) -> SplitResult:
    try:
        parts = urlsplit(uri)
        valid = bool(_PRINTABLE.fullmatch(uri) and parts.hostname and parts.port != 0)
    except ValueError:
        valid = False
    if not valid or parts.scheme not in ("http", "https"):
        raise UriRefused("an absolute http or https URI in ASCII", uri)
    return parts
