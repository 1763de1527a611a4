"""Which URIs a client may register, and which two are the same."""

import re
from urllib.parse import SplitResult, urlsplit

from minzhengtong.base.errors import InvalidInput
from minzhengtong.base.hosts import cookie_host, is_loopback, is_plain_authority, origin_key

_PRINTABLE = re.compile(r"[\x21-\x7e]{1,2000}")
_PRIVATE_USE = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:/[^#*\\]*")
"""A scheme that begins with a domain name turned round, so that it is one vendor's (RFC 8252 §7.1)."""
_LOOPBACK = re.compile(
    r"http://(?P<authority>(?P<host>localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?)(?P<rest>([/?][\x21-\x7e]*)?)"
)


class UriRefused(InvalidInput):
    """A URI that a client may not register."""

    code = "uri_refused"
    title = "The URI cannot be registered"


def check_uri(uri: str, issuer: str, *, native: bool = False) -> None:
    """Check that a redirect to the URI is safe: absolute, exact, not at the platform's own address.

    A `native` app may also have a private-use scheme. Raises: UriRefused.
    """
    if native and _PRINTABLE.fullmatch(uri) and _PRIVATE_USE.fullmatch(uri):
        return
    parts = _split(uri)
    if "#" in uri or "*" in uri or "\\" in uri or "@" in parts.netloc or "%" in parts.netloc:
        raise UriRefused("a URI without fragment, wildcard, backslash, user and escapes in its host", uri)
    if not is_plain_authority(parts.netloc):
        raise UriRefused("a host name, four decimal numbers or an IPv6 address as the host", uri)
    host = cookie_host(uri)
    if parts.scheme == "http" and not is_loopback(host):
        raise UriRefused("https, or http on the loopback", uri)
    if origin_key(uri) == origin_key(issuer):
        raise UriRefused("an address other than the platform's", uri, "use another port")
    if host == cookie_host(issuer) and not is_loopback(host):
        raise UriRefused(f"a host name other than {host}", uri, "cookies ignore ports: use another host name")


def same_but_for_loopback_port(registered: str, uri: str) -> bool:
    """Whether two URIs are on the loopback and differ at most in their ports (RFC 8252 §7.3)."""
    first, second = _LOOPBACK.fullmatch(registered), _LOOPBACK.fullmatch(uri)
    if not first or not second or not is_plain_authority(second["authority"]):
        return False
    return first["host"] == second["host"] and first["rest"] == second["rest"]


def _split(uri: str) -> SplitResult:
    try:
        parts = urlsplit(uri)
        valid = bool(_PRINTABLE.fullmatch(uri) and parts.hostname and parts.port != 0)
    except ValueError:
        valid = False
    if not valid or parts.scheme not in ("http", "https"):
        raise UriRefused("an absolute http or https URI in ASCII", uri)
    return parts
