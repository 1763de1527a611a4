"""The endpoints for programs: client authentication, codes used once, introspection, revocation."""

from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote_plus

import pytest
from flask import Flask

from minzhengtong.base.clock import FrozenClock
from tests.web.oidc.conftest import Record
from tests.web.oidc.party import VERIFIER, Browser, Party


@pytest.fixture
def lin(lin: Browser, transit: Party) -> Browser:
    """A browser logged in as Lin, who has consented to transit."""
    lin.allow(transit)
    return lin


def basic(text: str | bytes) -> dict[str, str]:
    raw = text.encode() if isinstance(text, str) else text
    return {"Authorization": "Basic " + b64encode(raw).decode()}


def test_clients_that_prove_nothing_get_401(transit: Party) -> None:
    client_id, form = transit.client_id, {"grant_type": "client_credentials"}
    headers: tuple[dict[str, str], ...] = (
        {},
        basic(f"{client_id}:wrong"),
        basic(f"{client_id}:"),
        basic(f"{client_id}:密码 äöü"),
        basic(f"{client_id}:".encode() + b"\xff\xfe"),
        basic(f"nobody:{transit.secret}"),
        basic("\x00:\x00"),
        basic(client_id),
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic"},
        {"Authorization": f"Bearer {transit.secret}"},
    )
    for header in headers:
        response = transit.http.post("/oauth/token", data=form, headers=header)
        assert (response.status_code, response.json["error"]) == (401, "invalid_client"), header  # type: ignore[index]
        assert response.headers["WWW-Authenticate"].startswith("Basic")
    for posted in ({"client_id": client_id}, {"client_id": client_id, "client_secret": transit.secret}):
        assert transit.http.post("/oauth/token", data=form | posted).status_code == 401


def test_basic_credentials_may_be_form_encoded_or_plain(transit: Party, register: Record) -> None:
    secret = "a b+c%20d:密/"
    register(secret=secret)
    form = {"grant_type": "client_credentials"}
    for text in (f"{transit.client_id}:{secret}", f"{transit.client_id}:{quote_plus(secret)}"):
        assert transit.http.post("/oauth/token", data=form, headers=basic(text)).status_code == 200, text


def test_a_client_authenticates_in_its_registered_way_only(transit: Party, register: Record) -> None:
    register(token_endpoint_auth_method="client_secret_post")
    form = {"grant_type": "client_credentials", "client_id": transit.client_id}
    assert transit.http.post("/oauth/token", data=form | {"client_secret": transit.secret}).status_code == 200
    assert transit.post("/oauth/token", **form).status_code == 401
    both = transit.post("/oauth/token", **form, client_secret=transit.secret)
    assert (both.status_code, both.json["error"]) == (400, "invalid_request")  # type: ignore[index]


def test_a_public_client_has_pkce_and_no_token_of_its_own(
    lin: Browser, transit: Party, register: Record
) -> None:
    register(secret=None, token_endpoint_auth_method="none", grant_types=("authorization_code",))
    code = lin.code(transit)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": transit.redirect_uri}
    form |= {"client_id": transit.client_id, "code_verifier": VERIFIER}
    assert transit.http.post("/oauth/token", data=form).status_code == 200
    own = {"grant_type": "client_credentials", "client_id": transit.client_id}
    assert transit.http.post("/oauth/token", data=own).status_code in (400, 401)
    sent = own | {"client_secret": "anything"}
    assert transit.http.post("/oauth/token", data=sent).status_code == 401


def test_malformed_requests(transit: Party) -> None:
    for form, error in (
        ({}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, "unsupported_grant_type"),
        ({"grant_type": 'é"\\'}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "x", "scope": "\x00"}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "未知"}, "invalid_grant"),
        ({"grant_type": "client_credentials", "scope": "profile.name"}, "invalid_scope"),
    ):
        response = transit.post("/oauth/token", **form)
        assert (response.status_code, response.json["error"]) == (400, error), form  # type: ignore[index]
    for path in (
        "/oauth/token?grant_type=client_credentials",
        "/oauth/introspect?token=x",
        "/oauth/revoke?a",
    ):
        assert transit.post(path, grant_type="client_credentials", token="x").status_code == 400
    twice = {"grant_type": ["client_credentials", "client_credentials"]}
    assert transit.http.post("/oauth/token", data=twice, headers=transit.basic()).status_code == 400
    assert (
        transit.http.post("/oauth/token", json={"grant_type": "x"}, headers=transit.basic()).status_code
        == 400
    )
    assert transit.http.post("/oauth/token", data=b"\xff\xfe", headers=transit.basic()).status_code == 400


def test_a_code_is_bound_to_client_redirect_and_verifier(lin: Browser, transit: Party, clinic: Party) -> None:
    for changes, error in (
        ({"redirect_uri": "http://transit.localhost:8000/"}, "invalid_grant"),
        ({"redirect_uri": ""}, "invalid_grant"),
        ({"code_verifier": "b" * 43}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"code_verifier": "é" * 43}, "invalid_request"),
    ):
        response = transit.redeem(lin.code(transit), **changes)
        assert response.json["error"] == error, changes  # type: ignore[index]
    code = lin.code(transit)
    assert clinic.redeem(code, redirect_uri=transit.redirect_uri).status_code == 400
    assert transit.redeem(code).status_code == 200  # another client's try does not spend it


def test_a_wrong_verifier_spends_the_code(lin: Browser, transit: Party) -> None:
    code = lin.code(transit)
    transit.redeem(code, code_verifier="b" * 43)
    assert transit.redeem(code).status_code == 400


def test_a_code_lives_a_minute(lin: Browser, transit: Party, clock: FrozenClock) -> None:
    early, late = lin.code(transit), lin.code(transit)
    clock.advance(59)
    assert transit.redeem(early).status_code == 200
    clock.advance(1)
    assert transit.redeem(late).json["error"] == "invalid_grant"  # type: ignore[index]


def test_a_second_use_revokes_what_the_first_one_got(lin: Browser, transit: Party) -> None:
    code = lin.code(transit)
    token = transit.redeem(code).json["access_token"]  # type: ignore[index]
    assert transit.userinfo(token).status_code == 200
    assert transit.redeem(code).json["error"] == "invalid_grant"  # type: ignore[index]
    assert transit.userinfo(token).status_code == 401


def test_eight_at_once_get_one_token(lin: Browser, transit: Party, platform: Flask) -> None:
    code = lin.code(transit)
    parties = [
        Party(transit.client_id, transit.secret, transit.redirect_uri, platform.test_client())
        for _ in range(8)
    ]
    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(lambda party: party.redeem(code).status_code, parties))
    assert statuses == [200] + [400] * 7


def test_id_tokens_are_signed_as_registered(lin: Browser, transit: Party, register: Record) -> None:
    for alg in ("RS256", "ES256", "PS256", "EdDSA"):
        register(id_token_signed_response_alg=alg)
        id_token = lin.tokens(transit)["id_token"]
        assert transit.claims(id_token)["aud"] == transit.client_id
        header = transit.http.get("/oauth/jwks").json["keys"]  # type: ignore[index]
        kid = next(key["kid"] for key in header if key["alg"] == alg)
        assert kid in _header(id_token)


def test_without_openid_there_is_no_id_token(lin: Browser, transit: Party) -> None:
    tokens = lin.tokens(transit, scope="profile.name")
    assert "id_token" not in tokens
    assert transit.userinfo(tokens["access_token"]).status_code == 403


def test_apps_get_their_operator_scopes(transit: Party) -> None:
    answer = transit.post("/oauth/token", grant_type="client_credentials").json
    assert answer is not None
    assert "pay.collect" in answer["scope"]
    assert "profile.name" not in answer["scope"]
    assert "openid" not in answer["scope"]
    less = transit.post("/oauth/token", grant_type="client_credentials", scope="pay.collect ledger.read").json
    assert less is not None
    assert less["scope"] == "pay.collect"
    assert transit.userinfo(answer["access_token"]).status_code == 401  # nobody is behind it


def test_only_its_own_client_learns_of_a_token(lin: Browser, transit: Party, clinic: Party) -> None:
    tokens = lin.tokens(transit)
    mine = transit.post("/oauth/introspect", token=tokens["access_token"]).json
    assert mine is not None
    assert mine["active"] is True
    assert mine["sub"] == transit.claims(tokens["id_token"])["sub"]
    assert mine["scope"] == "openid profile.name"
    for party, token in ((clinic, tokens["access_token"]), (transit, "unknown"), (transit, "\x01")):
        answer = party.post("/oauth/introspect", token=token)
        assert answer.status_code == 400 or answer.json == {"active": False}
    assert transit.http.post("/oauth/introspect", data={"token": tokens["access_token"]}).status_code == 401


def test_revocation_ends_a_token_of_ones_own(lin: Browser, transit: Party, clinic: Party) -> None:
    token = lin.tokens(transit)["access_token"]
    assert clinic.post("/oauth/revoke", token=token).status_code == 200
    assert transit.userinfo(token).status_code == 200
    assert transit.post("/oauth/revoke", token=token, token_type_hint="refresh_token").status_code == 200
    assert transit.userinfo(token).status_code == 401
    assert transit.post("/oauth/introspect", token=token).json == {"active": False}
    assert transit.post("/oauth/revoke").json["error"] == "invalid_request"  # type: ignore[index]
    own = transit.post("/oauth/token", grant_type="client_credentials").json["access_token"]  # type: ignore[index]
    transit.post("/oauth/revoke", token=own)
    assert transit.post("/oauth/introspect", token=own).json == {"active": False}


def _header(id_token: str) -> str:
    from joserfc.jws import extract_compact

    return str(extract_compact(id_token.encode()).headers())
