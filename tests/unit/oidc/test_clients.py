from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import update

from minzhengtong.base.errors import InvalidInput
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


@pytest.mark.parametrize("host", ["localhost", "LocalHost", "localhost."])
def test_the_platforms_own_host_is_refused_with_advice(host: str) -> None:
    with pytest.raises(UriRefused) as refused:
        check_uri(f"http://{host}:9000/cb", ISSUER)
    assert "http://127.0.0.1:9000" in refused.value.help


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
        {"id_token_signed_response_alg": "HS256"},
        {"id_token_signed_response_alg": "none"},
        {"redirect_uris": ()},
        {"app_id": None},
        {"redirect_uris": ("http://bus.localhost:8000/cb", "http://localhost:8000/cb")},
        {"post_logout_redirect_uris": ("http://evil.example/",)},
        {"backchannel_logout_uri": "http://10.0.0.1/"},
    ],
)
def test_registrations_that_cannot_work(provider: Provider, now: datetime, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput), provider.db.write() as conn:
        provider.record(conn, now, new_client(**changes))


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
