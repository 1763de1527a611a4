"""Which addresses the platform may call."""

from ipaddress import ip_address

import pytest

from minzhengtong.base.settings import Settings
from minzhengtong.outbound.reach import AddressRefused, Reach

DEMO = Reach.of(Settings.from_env({}))
SERVED = Reach.of(
    Settings.from_env(
        {
            "MZT_DEMO": "off",
            "MZT_PUBLIC_URL": "https://mzt.example",
            "MZT_ALLOWED_NETWORKS": "10.20.0.0/16, fd12::/16,127.0.0.0/8,169.254.0.0/16,::ffff:0:0/96",
        }
    )
)
WITHOUT_NETWORKS = Reach.of(Settings.from_env({"MZT_DEMO": "off", "MZT_PUBLIC_URL": "https://mzt.example"}))

ALLOWED = [
    (DEMO, "127.0.0.1", 9000),
    (DEMO, "127.3.2.1", 9000),
    (DEMO, "::1", 9000),
    (DEMO, "93.184.215.14", 443),
    (DEMO, "2606:2800:21f:cb07:6820:80da:af6b:8b2c", 443),
    (SERVED, "10.20.1.2", 8000),
    (SERVED, "fd12::1", 80),
    (SERVED, "127.0.0.1", 9000),
]
REFUSED = [
    (DEMO, "127.0.0.1", 8000),
    (DEMO, "127.9.9.9", 8000),
    (DEMO, "::1", 8000),
    (DEMO, "10.20.1.2", 80),
    (DEMO, "172.16.0.1", 80),
    (DEMO, "192.168.1.1", 80),
    (DEMO, "100.64.0.1", 80),
    (DEMO, "fd12::1", 80),
    (SERVED, "10.21.0.1", 80),
    (SERVED, "127.0.0.1", 8000),
    (SERVED, "127.0.0.1", 443),
    (WITHOUT_NETWORKS, "127.0.0.1", 9000),
    (WITHOUT_NETWORKS, "::1", 9000),
    *[
        (reach, address, 80)
        for reach in (DEMO, SERVED)
        for address in (
            "0.0.0.0",
            "169.254.169.254",
            "100.100.100.200",
            "192.0.0.192",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:10.20.1.2",
            "::ffff:93.184.215.14",
            "64:ff9b::a14:102",
            "2002:a14:102::1",
            "2001:0:a14:102::1",
            "fe80::1",
            "fe80::1%1",
            "fd00:ec2::254",
            "ff02::1",
        )
    ],
]


@pytest.mark.parametrize(("reach", "address", "port"), ALLOWED)
def test_addresses_that_may_be_called(reach: Reach, address: str, port: int) -> None:
    reach.check(ip_address(address), port)


@pytest.mark.parametrize(("reach", "address", "port"), REFUSED)
def test_addresses_that_may_not_be_called(reach: Reach, address: str, port: int) -> None:
    with pytest.raises(AddressRefused):
        reach.check(ip_address(address), port)


@pytest.mark.parametrize(
    "uri",
    ["http://169.254.169.254/x", "http://localhost:8000/", "http://a.localhost:8000/", "https://[fe80::1]/x"],
)
def test_a_uri_that_could_never_be_called_is_refused_at_its_registration(uri: str) -> None:
    with pytest.raises(AddressRefused):
        DEMO.check_uri(uri)


@pytest.mark.parametrize("uri", ["http://localhost:9000/", "https://kiosk.example/logout"])
def test_a_uri_that_may_be_called_is_registered_without_being_resolved(uri: str) -> None:
    DEMO.check_uri(uri)
