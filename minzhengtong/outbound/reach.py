"""Which addresses the platform may call: public ones, and those of its own networks that settings name."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Self
from urllib.parse import urlsplit

from minzhengtong.base.errors import InvalidInput
from minzhengtong.base.hosts import is_loopback, port_of
from minzhengtong.base.settings import Network, Settings

Address = IPv4Address | IPv6Address

_LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))  # is_loopback also holds for IPv4-mapped ones
_NEVER = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "169.254.0.0/16",  # link-local, and the metadata service of most clouds
        "100.100.100.200/32",  # the metadata service of Alibaba Cloud
        "192.0.0.0/24",  # protocol assignments, and the metadata service of Oracle Cloud
        "224.0.0.0/3",  # multicast, reserved, broadcast
        "::/128",  # this host
        "::/96",  # IPv4-compatible; ::1 is looked at before
        "::ffff:0:0/96",  # IPv4-mapped
        "64:ff9b::/96",  # NAT64: an IPv4 address inside
        "64:ff9b:1::/48",
        "2001::/32",  # Teredo: an IPv4 address inside
        "2002::/16",  # 6to4: an IPv4 address inside
        "fd00:ec2::/32",  # the metadata service of AWS
        "fe80::/10",  # link-local
        "fec0::/10",  # site-local
        "ff00::/8",  # multicast
    )
)
"""Not called whatever the settings say. An IPv6 address that holds an IPv4 one would pass by other rules."""


class AddressRefused(InvalidInput):
    """The platform does not call this address."""

    code = "address_refused"
    title = "The platform may not call this address"


@dataclass(frozen=True, slots=True)
class Reach:
    """What the settings allow. `loopback` is for the demo, where everything runs on one machine."""

    loopback: bool
    own_ports: frozenset[int]
    networks: tuple[Network, ...]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The reach of a platform with these settings."""
        return cls(settings.demo, settings.own_ports, settings.allowed_networks)

    def check(self, address: Address, port: int) -> None:
        """Check the address that a connection is about to be made to. Raises: AddressRefused."""
        if fault := self._fault(address, port):
            raise AddressRefused("an address that the platform may call", f"{address}, {fault}")

    def check_uri(self, uri: str) -> None:
        """Check a URI at its registration: one whose host says that it can never be called is refused.

        A name is not resolved now, because it may mean another address later. Raises: AddressRefused.
        """
        for address in addresses_said_by((urlsplit(uri).hostname or "").rstrip(".")):
            self.check(address, port_of(uri))

    def _fault(self, address: Address, port: int) -> str:
        if _is_in(address, _LOOPBACK):
            if port in self.own_ports:
                return f"port {port}, which is the platform's own"
            allowed = self.loopback or _is_in(address, self.networks)
            return "" if allowed else "on the loopback, which only the demo calls"
        if _is_in(address, _NEVER):
            return "of a kind that is never called"
        if address.is_global or _is_in(address, self.networks):
            return ""
        return "in a private network that MZT_ALLOWED_NETWORKS does not name"


def _is_in(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)


def addresses_said_by(host: str) -> tuple[Address, ...]:
    """The addresses that a host says without being resolved; names of the loopback are RFC 6761's (§6.3)."""
    try:
        return (ip_address(host),)
    except ValueError:
        return (ip_address("127.0.0.1"), ip_address("::1")) if is_loopback(host) else ()
