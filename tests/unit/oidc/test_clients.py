from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import update

from minzhengtong.base.errors import InvalidInput
from minzhengtong.oidc.client_checks import ClientRefused, check_client
from minzhengtong.oidc.clients import client_by_id, web_origins
from minzhengtong.oidc.models import oauth_client
from minzhengtong.oidc.uris import UriRefused, check_uri
from tests.unit.oidc.conftest import ISSUER, Provider, new_client

FINE = (
    "http://127.0.0.1:9000/cb",
    "http://[::1]:9000/cb",
    "http://transit.localhost:8000/oidc/callback?x=1",
    "https://app.example/cb",
)
BAD = (
    "",
    "cb",
    "/cb",
    "//host/cb",
    "http://",
    "http:///cb",
    "http://app.example/cb",
    "http://10.0.0.1/cb",
    "ftp://127.0.0.1/cb",
    "javascript:alert(1)",
    "data:text/html,x",
    "http://127.0.0.1:9000/cb#",
    "http://127.0.0.1:9000/cb#x",
    "http://user@127.0.0.1:9000/cb",
    "http://127.0.0.1:9000/*",
    "http://127.0.0.1:9000/a b",
    "http://127.0.0.1:9000/\\x",
    "http://127.0.0.1:9000/回调",
    "http://127.0.0.1:9000/\x00",
    "http://127.0.0.1:99999/cb",
    "http://127.0.0.1:x/cb",
    "http://127.1:9000/cb",
    "https://2130706433/cb",
    "https://0x7f.1/cb",
    "https://%6c%6fcalhost/cb",
    "http://[::1/cb",
    "https://localhost.evil.example:x/",
    "https://evil.test;sandbox/cb",
    "https://evil.test'/cb",
    "https://evil.test:/cb",
    "https://[v1.x]:9/cb",
    "http://127.0.0.1/" + "x" * 2000,
)


@pytest.mark.parametrize("uri", FINE)
def test_uris_that_may_be_registered(uri: str) -> None:
    check_uri(uri, ISSUER)


@pytest.mark.parametrize("uri", BAD)
def test_uris_that_may_not(uri: str) -> None:
    with pytest.raises(UriRefused):
        check_uri(uri, ISSUER)


@pytest.mark.parametrize("host", ["localhost", "LocalHost", "localhost.", "127.0.0.1", "127.9.9.9", "[::1]"])
def test_the_platforms_own_address_is_refused_and_other_ports_are_free(host: str) -> None:
    with pytest.raises(UriRefused):
        check_uri(f"http://{host}:8000/cb", ISSUER)
    check_uri(f"http://{host}:9000/cb", ISSUER)


def test_another_port_of_a_platform_that_is_served_is_refused() -> None:
    with pytest.raises(UriRefused):
        check_uri("https://mzt.example:8443/cb", "https://mzt.example")


PRIVATE_USE = ("com.example.app:/cb", "com.example.app://cb", "cn.fj-demo.kiosk2:/a?b=c")
NEVER = (
    "javascript:/x",
    "app:/cb",
    "file:///cb",
    "Com.Example.app:/cb",
    "com.example.app:cb",
    "com.example.app:/cb#x",
    "com.example.app:/*",
    "com.example.app:/a\\b",
    "com.example.app:/回",
    "com..app:/cb",
)


@pytest.mark.parametrize("uri", PRIVATE_USE)
def test_a_private_use_scheme_is_for_native_apps(uri: str) -> None:
    check_uri(uri, ISSUER, native=True)
    with pytest.raises(UriRefused):
        check_uri(uri, ISSUER)


@pytest.mark.parametrize("uri", [*NEVER, *BAD])
def test_uris_that_no_native_app_may_register(uri: str) -> None:
    with pytest.raises(UriRefused):
        check_uri(uri, ISSUER, native=True)


NATIVE = ("http://127.0.0.1/cb?x=1", "http://[::1]:1/cb", "http://localhost:9000", "com.example.app:/cb")


@pytest.mark.parametrize(
    ("uri", "allowed"),
    [
        ("http://127.0.0.1/cb?x=1", True),
        ("http://127.0.0.1:51004/cb?x=1", True),
        ("http://[::1]:51004/cb", True),
        ("http://localhost:65535", True),
        ("com.example.app:/cb", True),
        ("http://127.0.0.1:51004/cb", False),
        ("http://127.0.0.1:51004/cb?x=1#", False),
        ("http://127.0.0.1:51004/cb?x=1&y", False),
        ("http://127.0.0.2:51004/cb?x=1", False),
        ("http://localhost:51004/cb?x=1", False),
        ("https://127.0.0.1:51004/cb?x=1", False),
        ("http://127.0.0.1:0/cb?x=1", False),
        ("http://127.0.0.1:65536/cb?x=1", False),
        ("http://127.0.0.1:/cb?x=1", False),
        ("http://127.0.0.1:8000/cb?x=1", False),  # the platform's own
        ("http://evil@127.0.0.1:51004/cb?x=1", False),
        ("http://127.0.0.1.evil.example:51004/cb?x=1", False),
        ("http://[::1]:51004/", False),
        ("com.example.app:/cb/", False),
        ("COM.example.app:/cb", False),
        ("", False),
    ],
)
def test_a_native_app_chooses_its_loopback_port(
    provider: Provider, now: datetime, uri: str, allowed: bool
) -> None:
    facts: dict[str, Any] = {"redirect_uris": NATIVE, "secret": None, "token_endpoint_auth_method": "none"}
    facts |= {"application_type": "native", "grant_types": ("authorization_code",)}
    with provider.db.write() as conn:
        provider.record(conn, now, new_client(**facts))
        client = client_by_id(conn, "example.test.bus")
        assert not any(origin.startswith("com") for origin in web_origins(conn))
    assert client is not None
    assert client.may_redirect_to(uri, ISSUER) is allowed


def test_a_web_apps_port_is_exact(provider: Provider, now: datetime) -> None:
    with provider.db.write() as conn:
        provider.record(conn, now, new_client(redirect_uris=("http://127.0.0.1:9000/cb",)))
        client = client_by_id(conn, "example.test.bus")
    assert client is not None
    assert client.may_redirect_to("http://127.0.0.1:9000/cb", ISSUER)
    assert not client.may_redirect_to("http://127.0.0.1:9001/cb", ISSUER)


PUBLIC: dict[str, Any] = {
    "secret": None,
    "token_endpoint_auth_method": "none",
    "grant_types": ("authorization_code",),
}
KEYED: dict[str, Any] = {"secret": None, "token_endpoint_auth_method": "private_key_jwt"}


@pytest.mark.parametrize(
    "changes",
    [
        {"scope": ""},
        {"scope": "openid bogus"},
        {"scope": "openid bench.scan"},
        {"client_id": "a"},
        {"client_id": "ä client"},
        {"secret": None},
        {"token_endpoint_auth_method": "none"},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"token_endpoint_auth_method": "client_secret_jwt"},
        {"id_token_signed_response_alg": "HS256"},
        {"id_token_signed_response_alg": "none"},
        {"userinfo_signed_response_alg": "none"},
        {"application_type": "desktop"},
        {"grant_types": ("implicit",)},
        {"grant_types": ()},
        {"grant_types": ("client_credentials",)},
        {"grant_types": ("refresh_token",), "redirect_uris": ()},
        {"redirect_uris": ()},
        {"app_id": None},
        {"redirect_uris": ("http://bus.localhost:8000/cb", "http://localhost:8000/cb")},
        {"redirect_uris": ("com.example.app:/cb",)},
        {"post_logout_redirect_uris": ("http://evil.example/",)},
        {"backchannel_logout_uri": "http://10.0.0.1/"},
        {"sector_identifier_uri": "http://10.0.0.1/sector.json"},
        PUBLIC | {"grant_types": ("authorization_code", "client_credentials")},
        PUBLIC | {"require_pkce": False},
        PUBLIC | {"secret": "a secret"},
        KEYED,
        KEYED | {"jwks": {"keys": []}, "jwks_uri": "https://bus.example/jwks"},
        KEYED | {"jwks_uri": "http://bus.example/jwks"},
        {"application_type": "native", "require_pkce": False},
    ],
)
def test_registrations_that_cannot_work(provider: Provider, now: datetime, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput), provider.db.write() as conn:
        provider.record(conn, now, new_client(**changes))


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(ClientRefused) as refused:
        check_client(new_client(**PUBLIC | {"require_pkce": False, "jwks": {}, "jwks_uri": "x"}), ISSUER)
    assert refused.value.expected.count("; ") == 1
    assert "require_pkce" in refused.value.expected
    assert "jwks or jwks_uri" in refused.value.expected


@pytest.mark.parametrize(
    "changes",
    [
        PUBLIC,
        PUBLIC | {"grant_types": ("authorization_code", "refresh_token")},
        {"require_pkce": False},
        KEYED | {"jwks_uri": "https://bus.example/jwks"},
        {"userinfo_signed_response_alg": "EdDSA", "id_token_signed_response_alg": "PS256"},
        {"sector_identifier_uri": "https://bus.example/sector.json"},
    ],
)
def test_registrations_read_back_as_they_were_saved(
    provider: Provider, now: datetime, changes: dict[str, Any]
) -> None:
    with provider.db.write() as conn:
        provider.record(conn, now, new_client(**changes))
        client = client_by_id(conn, "example.test.bus")
    assert client is not None
    assert {name: getattr(client, name) for name in changes if name != "secret"} == {
        name: value for name, value in changes.items() if name != "secret"
    }


def test_saving_again_updates(provider: Provider, now: datetime) -> None:
    with provider.db.write() as conn:
        provider.record(conn, now, new_client(name="bus", scope="openid", secret="other"))
        client = client_by_id(conn, "example.test.bus")
    assert client is not None
    assert client.scope == "openid"
    assert client.check_client_secret("other")
    assert not client.check_client_secret("a secret")
    assert not client.check_client_secret("密码")


def test_an_inactive_client_is_not_found(provider: Provider) -> None:
    with provider.db.write() as conn:
        assert client_by_id(conn, "example.test.bus") is not None
        conn.execute(update(oauth_client).values(active=False))
        assert client_by_id(conn, "example.test.bus") is None
        assert web_origins(conn) == frozenset()


def test_citizens_and_operators_scopes_never_mix(provider: Provider) -> None:
    with provider.db.read() as conn:
        client = client_by_id(conn, "example.test.bus")
    assert client is not None
    assert client.citizen_scopes("pay.collect profile phone openid") == ("profile", "profile.name", "openid")
    assert client.operator_scopes("pay.collect profile openid") == ("pay.collect",)
    assert client.operator_scopes(None) == ("code.verify:transit", "pay.collect")
    assert client.citizen_scopes("pay.collect") == ()
    assert client.operator_scopes("openid") == ()


@pytest.mark.parametrize(
    ("registered", "asked", "granted"),
    [
        ("openid phone", "openid phone", "openid phone profile.phone"),
        ("openid phone", "openid profile.phone", "openid profile.phone"),
        ("openid profile.phone", "openid phone email", "openid phone profile.phone"),
        ("openid profile", "openid profile.gender profile.idno_masked", "openid profile.gender"),
        ("openid profile.name", "profile openid", "profile profile.name openid"),
        ("openid email address", "openid profile", "openid"),
        (
            "openid profile",
            "openid profile",
            "openid profile profile.account profile.name profile.gender profile.birthdate profile.updated_at",
        ),
    ],
)
def test_a_set_means_what_the_client_registered_of_it(
    provider: Provider, now: datetime, registered: str, asked: str, granted: str
) -> None:
    with provider.db.write() as conn:
        provider.record(conn, now, new_client(scope=registered))
        client = client_by_id(conn, "example.test.bus")
    assert client is not None
    assert " ".join(client.citizen_scopes(asked)) == granted
