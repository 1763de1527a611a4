"""Hostile values in every parameter of every endpoint: a clear 4xx or an ordinary answer, never a 5xx."""

import pytest

from tests.web.oidc.party import ISSUER, Browser, Party

HOSTILE = (
    "",
    "\x00",
    "\r\nSet-Cookie: a=b",
    "{{7*7}}${7*7}",
    "<script>alert(1)</script>",
    "' OR '1'='1",
    "../../etc/passwd",
    "%00%ff%",
    "𠮷𠀋é\u202e\ufeff",
    "9" * 400,
    "x" * 10_000,
    '{"a":1}',
    "a.b.c",
)
AUTHORIZE = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "id_token_hint",
    "login_hint",
    "acr_values",
    "ui_locales",
    "claims",
    "response_mode",
    "request",
    "display",
]
TOKEN = [
    "grant_type",
    "code",
    "redirect_uri",
    "code_verifier",
    "client_id",
    "client_secret",
    "scope",
    "token",
    "token_type_hint",
]
LOGOUT = ["id_token_hint", "client_id", "post_logout_redirect_uri", "state", "logout_hint", "ui_locales"]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_authorize_and_what_follows(browser: Browser, transit: Party, value: str) -> None:
    for name in AUTHORIZE:
        answer = browser.get(transit.url(**{name: value}))
        assert answer.status_code in (303, 400), name
        if "/login?" in (answer.location or ""):
            page = browser.get(answer.location)
            assert page.status_code == 200
            assert "<script>alert" not in page.text
    for path in ("/login", "/oauth/consent/x"):
        answer = browser.http.get(path, query_string={"interaction": value, "next": value}, base_url=ISSUER)
        assert answer.status_code in (200, 303, 400)
        assert "<script>alert" not in answer.text


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_endpoints_for_programs(transit: Party, value: str) -> None:
    for path in ("/oauth/token", "/oauth/introspect", "/oauth/revoke"):
        for name in TOKEN:
            form = {"grant_type": "authorization_code", "code": "x", "token": "x"} | {name: value}
            assert transit.post(path, **form).status_code in (200, 400, 401), (path, name)
    printable = (
        value.encode("ascii", "ignore").decode().replace("\r", "").replace("\n", "").replace("\x00", "")
    )
    for scheme in ("Basic", "Bearer", ""):
        headers = {"Authorization": f"{scheme} {printable}"}
        assert transit.http.get("/oauth/userinfo", headers=headers).status_code == 401
        assert transit.http.post("/oauth/token", data={"grant_type": "x"}, headers=headers).status_code == 400


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_logout_and_login_forms(lin: Browser, value: str) -> None:
    for name in LOGOUT:
        answer = lin.http.get("/oauth/logout", query_string={name: value}, base_url=ISSUER)
        assert answer.status_code in (200, 400), name
        assert "<script>alert" not in answer.text
    page = lin.get("/me/consents" if value else "/login?interaction=x")
    assert lin.submit(page, "/login/persona", persona=value, interaction=value).status_code in (303, 400, 401)
    assert lin.submit(page, "/oauth/logout/confirmed", client_id=value, state=value).status_code in (200, 400)
