"""The one HTTP client for calls to registered addresses.

A name is resolved once, each address is checked, and the connection goes to the address that was checked: a
second answer of the name server changes nothing. Redirects are not followed, and no proxy is asked.
"""

import socket
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from ipaddress import ip_address
from ssl import SSLContext

import httpx2

from minzhengtong.base.deadline import within
from minzhengtong.base.hosts import DEFAULT_PORTS
from minzhengtong.outbound.reach import Address, AddressRefused, Reach, addresses_said_by

TIMEOUT_SECONDS = 3.0
"""From resolving the name to the head of the answer."""

Resolve = Callable[[str, int], Iterable[str]]


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name. Raises: OSError, and UnicodeError for a label that is too long."""
    return [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def post_form(reach: Reach, uri: str, form: Mapping[str, str], *, resolve: Resolve = resolve) -> int:
    """Post a form and return the status; the answer's body, which may have no end, is not read.

    Raises: AddressRefused, TooSlow, httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError.
    """
    # httpx2's own limits start again with every byte, so `within` sets one limit for the whole call. The
    # connection is closed when this client is, also under a thread that is late.
    with httpx2.Client(
        timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False, verify=_tls()
    ) as http:
        return within(TIMEOUT_SECONDS, partial(_post, http, reach, httpx2.URL(uri), form, resolve))


def _post(
    http: httpx2.Client, reach: Reach, url: httpx2.URL, form: Mapping[str, str], resolve: Resolve
) -> int:
    *others, last = _addresses(reach, url, resolve)
    for address in others:
        try:
            return _post_to(http, address, url, form)
        except httpx2.ConnectError:  # nothing was sent: the next address may listen
            continue
    return _post_to(http, last, url, form)


def _post_to(http: httpx2.Client, address: Address, url: httpx2.URL, form: Mapping[str, str]) -> int:
    with http.stream(
        "POST",
        url.copy_with(host=str(address)),
        data=form,
        headers={"Host": url.netloc.decode("ascii")},
        extensions={"sni_hostname": url.raw_host.decode("ascii")},  # the certificate is the name's
    ) as answer:
        return answer.status_code


def _addresses(reach: Reach, url: httpx2.URL, resolve: Resolve) -> list[Address]:
    """The addresses of a URL's host, all checked: a name with one address that is refused is refused.

    Raises: AddressRefused, httpx2.UnsupportedProtocol.
    """
    if url.scheme not in DEFAULT_PORTS:
        raise httpx2.UnsupportedProtocol(f"not http or https but {url.scheme}")
    port = url.port or DEFAULT_PORTS[url.scheme]
    found = list(addresses_said_by(url.host) or dict.fromkeys(map(ip_address, resolve(url.host, port))))
    for address in found:
        reach.check(address, port)
    if not found:
        raise AddressRefused("a name with an address", url.host)
    return found


@cache
def _tls() -> SSLContext:
    return httpx2.create_ssl_context(trust_env=False)  # 20 ms, so once for each process
