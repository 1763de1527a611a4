"""The authorization endpoint: codes, errors sent back to the client, errors that never redirect."""

from urllib.parse import parse_qs, urlsplit

from flask import Flask

from minzhengtong.base.clock import FrozenClock
from minzhengtong.registry.apps import AppState, set_state
from minzhengtong.runtime import Runtime
from tests.web.oidc.conftest import Record
from tests.web.oidc.party import ISSUER, Browser, Party, answer_of

REGISTERED = "http://transit.localhost:8000/oidc/callback"
STRANGE_URIS = (
    None,
    "",
    REGISTERED + "/",
    REGISTERED + "?x=1",
    REGISTERED + "#",
    REGISTERED + "/../callback",
    REGISTERED.upper(),
    REGISTERED.replace("http:", "https:"),
    REGISTERED.replace(":8000", ""),
    REGISTERED.replace(":8000", ":8001"),
    REGISTERED.replace("transit.", "transit.evil."),
    REGISTERED.replace("//", "//user@"),
    REGISTERED.replace("/oidc", "//oidc"),
    REGISTERED.replace("callback", "c%61llback"),
    REGISTERED + " ",
    " " + REGISTERED,
    REGISTERED + "\x00",
    REGISTERED + "\r\nSet-Cookie: a=b",
    "http://clinic.localhost:8000/oidc/callback",
    "javascript:alert(1)",
    "//transit.localhost:8000/oidc/callback",
    "/oidc/callback",
    "http://例子.localhost/回调",
)
UNTRUSTED: tuple[dict[str, str | None], ...] = (
    *({"redirect_uri": uri} for uri in STRANGE_URIS),
    {"client_id": None},
    {"client_id": "example.nobody"},
    {"client_id": "example.fuzhou.transit\x00"},
    {"client_id": "' OR 1=1 --"},
    {"client_id": "客户"},
    {"state": "x" * 9000},
)
REFUSED: tuple[tuple[dict[str, str | None], str], ...] = (
    ({"response_type": None}, "unsupported_response_type"),
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_type": "code id_token"}, "unsupported_response_type"),
    ({"response_type": 'é"\\'}, "unsupported_response_type"),
    ({"response_mode": "fragment"}, "invalid_request"),
    ({"response_mode": "form_post"}, "invalid_request"),
    ({"request": "e30.e30."}, "request_not_supported"),
    ({"request_uri": "https://example.org/r"}, "request_uri_not_supported"),
    ({"scope": None}, "invalid_scope"),
    ({"scope": "bogus"}, "invalid_scope"),
    ({"scope": "pay.collect"}, "invalid_scope"),
    ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
    ({"code_challenge": None}, "invalid_request"),
    ({"code_challenge_method": None}, "invalid_request"),
    ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge_method": "s256"}, "invalid_request"),
    ({"code_challenge": "short"}, "invalid_request"),
    ({"code_challenge": "=" * 43}, "invalid_request"),
    ({"prompt": "none login"}, "invalid_request"),
    ({"prompt": "create"}, "invalid_request"),
    ({"max_age": "soon"}, "invalid_request"),
    ({"max_age": "-1"}, "invalid_request"),
    ({"max_age": "٣"}, "invalid_request"),
    ({"id_token_hint": "e30.e30.e30"}, "invalid_request"),
)


def test_nobody_is_redirected_before_the_redirect_uri_is_trusted(lin: Browser, transit: Party) -> None:
    for changes in UNTRUSTED:
        response = lin.get(transit.url(**changes))
        assert response.status_code == 400, changes
        assert "Location" not in response.headers
        assert response.mimetype == "text/html"


def test_repeated_parameters_never_redirect(lin: Browser, transit: Party) -> None:
    for again in ("&state=2", "&client_id=example.fuzhou.transit", "&nonce=2", "&code_challenge=x"):
        assert lin.get(transit.url() + again).status_code == 400


def test_errors_go_back_with_state_and_issuer(lin: Browser, transit: Party) -> None:
    for changes, error in REFUSED:
        response = lin.get(transit.url(**changes))
        answer = answer_of(response)
        assert response.location.startswith(REGISTERED + "?"), changes
        assert (answer["error"], answer["state"], answer["iss"]) == (error, "a state/ä=&", ISSUER), changes
        assert "code" not in answer


def test_a_login_and_consent_give_a_code(lin: Browser, transit: Party) -> None:
    lin.allow(transit)
    response = lin.get(transit.url())
    assert set(answer_of(response)) == {"code", "state", "iss"}
    assert response.headers["Referrer-Policy"] == "no-referrer"


def test_a_posted_request_goes_on_by_get_with_the_cookie(
    lin: Browser, other_browser: Browser, transit: Party
) -> None:
    lin.allow(transit)
    path, _, query = transit.url(login_hint="闽 &=").partition("?")
    # Another site's form: it comes without her cookie.
    response = other_browser.http.post(
        path, data=query, content_type="application/x-www-form-urlencoded", base_url=ISSUER
    )
    assert (response.status_code, response.headers.getlist("Set-Cookie")) == (303, [])
    assert parse_qs(urlsplit(response.location).query) == parse_qs(query)
    assert "code" in answer_of(lin.get(response.location))


def test_unknown_scopes_are_ignored(lin: Browser, transit: Party) -> None:
    lin.allow(transit)
    tokens = lin.tokens(transit, scope="openid bogus profile offline_access pay.collect")
    assert tokens["scope"] == "openid profile profile.name"


def test_prompt_none_never_shows_a_page(browser: Browser, transit: Party) -> None:
    assert answer_of(browser.get(transit.url(prompt="none")))["error"] == "login_required"
    browser.log_in("lin")
    assert answer_of(browser.get(transit.url(prompt="none")))["error"] == "consent_required"
    browser.allow(transit)
    assert "code" in answer_of(browser.get(transit.url(prompt="none")))


def test_an_old_login_does_not_count(lin: Browser, transit: Party, clock: FrozenClock) -> None:
    lin.allow(transit)
    clock.advance(61)
    for changes in ({"prompt": "login"}, {"prompt": "select_account"}, {"max_age": "60"}, {"max_age": "0"}):
        page = lin.get(transit.url(**changes)).location
        assert page.startswith("/login?interaction="), changes
    assert "code" in answer_of(lin.get(transit.url(max_age="61")))
    silent = lin.get(transit.url(max_age="60", prompt="none"))
    assert answer_of(silent)["error"] == "login_required"


def test_prompt_login_asks_and_the_id_token_says_when(
    lin: Browser, transit: Party, clock: FrozenClock
) -> None:
    lin.allow(transit)
    before = transit.claims(lin.tokens(transit)["id_token"])
    clock.advance(100)
    page = lin.get(lin.get(transit.url(prompt="login")).location)
    answer = answer_of(lin.log_in("lin", page))
    after = transit.claims(transit.redeem(answer["code"]).json["id_token"])  # type: ignore[index]
    assert after["auth_time"] == before["auth_time"] + 100
    assert after["sid"] == before["sid"]  # the same session: her other apps stay logged in


def test_a_sheet_is_closed_until_the_second_login(lin: Browser, transit: Party, clock: FrozenClock) -> None:
    clock.advance(1)
    login = lin.get(transit.url(prompt="login")).location
    sheet = login.replace("/login?interaction=", "/oauth/consent/")
    assert lin.get(sheet).location == login
    assert lin.submit(lin.get(login), sheet, answer="yes").location == login


def test_prompt_consent_shows_the_sheet_again(lin: Browser, transit: Party) -> None:
    lin.allow(transit)
    assert "/oauth/consent/" in lin.get(transit.url(prompt="consent")).location


def test_a_hint_names_who_must_be_there(
    lin: Browser, other_browser: Browser, transit: Party, clinic: Party
) -> None:
    lin.allow(transit)
    hint = lin.tokens(transit)["id_token"]
    assert "code" in answer_of(lin.get(transit.url(id_token_hint=hint)))
    other_browser.log_in("chen")
    other_browser.allow(transit)
    silent = other_browser.get(transit.url(id_token_hint=hint, prompt="none"))
    assert answer_of(silent)["error"] == "login_required"
    page = other_browser.get(other_browser.get(transit.url(id_token_hint=hint)).location)
    assert answer_of(other_browser.log_in("chen", page))["error"] == "login_required"
    lin.allow(clinic)
    assert answer_of(lin.get(clinic.url(id_token_hint=hint)))["error"] == "invalid_request"


def test_a_bad_hint_is_refused_before_a_login(browser: Browser, transit: Party) -> None:
    answer = answer_of(browser.get(transit.url(id_token_hint="e30.e30.e30")))
    assert (answer["error"], answer["state"]) == ("invalid_request", "a state/ä=&")


def test_a_client_without_pkce_may_leave_it_out(lin: Browser, transit: Party, register: Record) -> None:
    register(require_pkce=False)
    lin.allow(transit)
    code = lin.code(transit, code_challenge=None, code_challenge_method=None)
    assert transit.redeem(code).json["error"] == "invalid_request"  # type: ignore[index]  # a verifier for nothing
    assert transit.redeem(lin.code(transit), code_verifier="").status_code == 400


def test_a_suspended_app_cannot_ask(lin: Browser, transit: Party, runtime: Runtime) -> None:
    lin.allow(transit)
    tokens, sheet = lin.tokens(transit), lin.get(transit.url(prompt="consent")).location
    with runtime.db.write() as conn:
        set_state(conn, runtime.clock.now(), transit.client_id, AppState.SUSPENDED, "test")
    assert lin.get(transit.url()).status_code == 400
    assert lin.get(sheet).status_code == 400
    assert transit.userinfo(tokens["access_token"]).status_code == 401
    assert transit.redeem("any").status_code == 401


def test_the_endpoint_is_never_framed_or_shared(platform: Flask, transit: Party) -> None:
    response = platform.test_client().get(transit.url(), headers={"Origin": "http://transit.localhost:8000"})
    assert "Access-Control-Allow-Origin" not in response.headers
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
