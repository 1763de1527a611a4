"""The network address that a request came from, as limits count it."""

from ipaddress import IPv6Address, IPv6Network, ip_address

from flask import request


def client_address() -> str:
    """The address of the connection; of IPv6 its /64, which is one household.

    No header is believed: behind a proxy everybody has the proxy's address.
    """
    sent = request.remote_addr or ""
    try:
        address = ip_address(sent)
    except ValueError:
        return sent  # a socket without an address, such as a Unix one
    if isinstance(address, IPv6Address) and not address.ipv4_mapped:
        return str(IPv6Network((address, 64), strict=False))
    return str(getattr(address, "ipv4_mapped", None) or address)
