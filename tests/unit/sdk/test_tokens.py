"""Logout tokens, events and ID tokens: the platform's are accepted, forged ones refused."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from minzhengtong.base.clock import FrozenClock
from minzhengtong.keys.keyring import Keys
from minzhengtong.oidc.clients import client_by_id
from minzhengtong.oidc.signing import jwks, sign
from minzhengtong.oidc.tokens import LOGOUT_EVENT, mint_logout_token, sign_event
from minzhengtong.runtime import Runtime
from minzhengtong.sdk.link import Link
from minzhengtong.sdk.platform import Platform, PlatformUnavailable
from minzhengtong.sdk.tokens import TokenRefused, verify, verify_event, verify_id_token, verify_logout_token
from minzhengtong.web.platform import create_platform

ISSUER, CLIENT = "http://localhost:8000", "example.fuzhou.transit"

Change = Callable[[dict[str, Any]], Any]


@pytest.fixture
def platform(runtime: Runtime, tmp_path: Path) -> Platform:
    """The platform as the transit app sees it."""
    transport = httpx2.WSGITransport(create_platform(runtime))
    link = Link(ISSUER, "http://transit.localhost:8000", CLIENT, "secret", tmp_path / "x.db", transport)
    return Platform(replace(link, now=runtime.clock.now), "code.verify:transit")


@pytest.fixture
def keys(runtime: Runtime) -> Keys:
    with runtime.db.read() as conn:
        return runtime.keyring.current(conn)


def logout_claims(clock: FrozenClock) -> dict[str, Any]:
    at = int(clock.now().timestamp())
    claims = {"iss": ISSUER, "aud": CLIENT, "iat": at, "exp": at + 120, "jti": "j"}
    return claims | {"sub": "s", "sid": "x", "events": {LOGOUT_EVENT: {}}}


def test_a_token_of_the_platform_is_accepted(runtime: Runtime, platform: Platform, keys: Keys) -> None:
    now = runtime.clock.now()
    with runtime.db.read() as conn:
        client = client_by_id(conn, CLIENT)
    assert client is not None
    logout = mint_logout_token(keys, ISSUER, client, "sub-1", "sid-1", now)
    assert verify_logout_token(platform, logout)["sid"] == "sid-1"
    event = verify_event(platform, sign_event(keys, ISSUER, CLIENT, "scan", {"a": 1}, now))
    assert (event["kind"], event["payload"]) == ("scan", {"a": 1})


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.update(iss="http://evil.example"),
        lambda c: c.update(aud="example.fuzhou.clinic"),
        lambda c: c.update(aud=["example.fuzhou.clinic"]),
        lambda c: c.update(exp=c["iat"] - 10),
        lambda c: c.update(iat=c["iat"] + 600),
        lambda c: c.update(exp="soon"),
        lambda c: c.pop("iss"),
        lambda c: c.pop("aud"),
        lambda c: c.pop("exp"),
        lambda c: c.pop("iat"),
        lambda c: c.pop("jti"),
        lambda c: c.pop("sid"),
        lambda c: c.update(sid=7),
        lambda c: c.pop("events"),
        lambda c: c.update(events={}),
        lambda c: c.update(events=[LOGOUT_EVENT]),
        lambda c: c.update(nonce="n"),
    ],
)
def test_a_logout_token_with_other_claims_is_refused(
    platform: Platform, keys: Keys, clock: FrozenClock, change: Change
) -> None:
    claims = logout_claims(clock)
    assert verify_logout_token(platform, sign(keys, "ES256", claims, typ="logout+jwt"))["sid"] == "x"
    change(claims)
    with pytest.raises(TokenRefused):
        verify_logout_token(platform, sign(keys, "ES256", claims, typ="logout+jwt"))


@pytest.mark.parametrize("typ", ["JWT", "mzt-event+jwt", "at+jwt"])
def test_one_kind_of_token_is_not_accepted_as_another(
    platform: Platform, keys: Keys, clock: FrozenClock, typ: str
) -> None:
    claims = logout_claims(clock) | {"kind": "scan", "payload": {}}
    with pytest.raises(TokenRefused):
        verify_logout_token(platform, sign(keys, "ES256", claims, typ=typ))


def test_a_token_that_the_platform_did_not_sign_is_refused(
    platform: Platform, keys: Keys, clock: FrozenClock
) -> None:
    claims, kid = logout_claims(clock), jwks(keys)["keys"][0]["kid"]
    genuine = sign(keys, "ES256", claims, typ="logout+jwt")
    head, body, signature = genuine.split(".")
    other = ECKey.generate_key("P-256")
    header = {"alg": "ES256", "kid": kid, "typ": "logout+jwt"}
    shared = OctKey.import_key("secret" * 8)
    forged = [
        jwt.encode(header, claims, other),
        jwt.encode(header | {"kid": "other"}, claims, other),
        jwt.encode({"alg": "ES256", "typ": "logout+jwt"}, claims, other),
        jwt.encode(header | {"alg": "HS256"}, claims, shared),
        f"{head}.{body}.",
        f"{head}.{body}.{signature[::-1]}",
        f"{head}.{body}",
        "",
        "...",
        "a.b.c",
        "x" * 20_000,
        "\udcff.\udcff.\udcff",
        "eyJhbGciOiJub25lIiwidHlwIjoibG9nb3V0K2p3dCIsImtpZCI6ImEifQ." + body + ".",
    ]
    for text in forged:
        with pytest.raises(TokenRefused):
            verify_logout_token(platform, text)


def test_an_id_token_answers_its_own_request_only(platform: Platform, keys: Keys, clock: FrozenClock) -> None:
    claims = logout_claims(clock) | {"nonce": "mine"}
    text = sign(keys, "ES256", claims)
    assert verify_id_token(platform, text, nonce="mine")["sub"] == "s"
    with pytest.raises(TokenRefused):
        verify_id_token(platform, text, nonce="other")


class Counting(httpx2.WSGITransport):
    """Remembers the path of each request."""

    def __init__(self, app: WSGIApplication) -> None:
        super().__init__(app)
        self.paths: list[str] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.paths.append(request.url.path)
        return super().handle_request(request)


def test_strangers_cannot_make_the_app_fetch_keys_over_and_over(
    runtime: Runtime, platform: Platform, clock: FrozenClock
) -> None:
    counting = Counting(create_platform(runtime))
    platform = Platform(replace(platform.link, transport=counting), "x")
    other = ECKey.generate_key("P-256")
    for number in range(20):
        header = {"alg": "ES256", "kid": f"k{number}", "typ": "logout+jwt"}
        with pytest.raises(TokenRefused):
            verify(platform, jwt.encode(header, logout_claims(clock), other), typ="logout+jwt")
    assert counting.paths == ["/.well-known/openid-configuration", "/oauth/jwks"]


def test_a_platform_with_another_issuer_is_refused(platform: Platform) -> None:
    stranger = Platform(replace(platform.link, platform_url="http://localhost:9000"), "x")
    with pytest.raises(PlatformUnavailable, match="is not"):
        stranger.metadata  # noqa: B018


def test_a_platform_that_is_away_raises_unavailable(tmp_path: Path) -> None:
    link = Link("http://127.0.0.1:9", "http://127.0.0.1:10", "c", "s", tmp_path / "x.db")
    began = time.monotonic()
    with pytest.raises(PlatformUnavailable):
        Platform(link, "x").metadata  # noqa: B018
    assert time.monotonic() - began < 5
