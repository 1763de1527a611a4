"""Logging out: from the platform, from a client, and forged attempts."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from sqlalchemy import select
from werkzeug.test import TestResponse

from minzhengtong.base.clock import FrozenClock
from minzhengtong.events.models import outbox_event
from minzhengtong.oidc.clients import client_by_id
from minzhengtong.oidc.tokens import LOGOUT_EVENT, mint_logout_token
from minzhengtong.runtime import Runtime
from tests.web.oidc.party import ISSUER, Browser, Party, answer_of

ANY_PAGE = "/login?interaction=x"
"""An error page; it has a form with or without a login."""
AFTER = "http://transit.localhost:8000/"


@pytest.fixture
def lin(lin: Browser, transit: Party, clinic: Party) -> Browser:
    """A browser logged in as Lin, who has consented to both apps."""
    lin.allow(transit)
    lin.allow(clinic)
    return lin


def is_logged_in(browser: Browser) -> bool:
    return browser.get("/login").status_code == 303


def events(runtime: Runtime) -> dict[str, Any]:
    with runtime.db.read() as conn:
        rows = conn.execute(select(outbox_event).where(outbox_event.c.kind == "logout")).all()
    return {row.client_id: row.payload for row in rows}


def logout_url(**params: str) -> str:
    return f"/oauth/logout?{urlencode(params)}"


def test_logging_out_ends_tokens_and_tells_every_app(
    lin: Browser, transit: Party, clinic: Party, runtime: Runtime
) -> None:
    one, two = lin.tokens(transit), lin.tokens(clinic)
    unredeemed = lin.code(transit)
    lin.submit(lin.get(ANY_PAGE), "/logout")
    assert not is_logged_in(lin)
    assert transit.userinfo(one["access_token"]).status_code == 401
    assert clinic.userinfo(two["access_token"]).status_code == 401
    assert transit.redeem(unredeemed).status_code == 400
    for party, tokens in ((transit, one), (clinic, two)):
        claims = party.claims(tokens["id_token"])
        assert events(runtime)[party.client_id] == {"sub": claims["sub"], "sid": claims["sid"]}


def test_only_apps_with_a_login_are_notified(browser: Browser, transit: Party, runtime: Runtime) -> None:
    browser.log_in("lin")
    browser.allow(transit)
    browser.submit(browser.get(ANY_PAGE), "/logout")
    assert set(events(runtime)) == {transit.client_id}


def test_a_client_with_the_sessions_id_token_logs_out_at_once(
    lin: Browser, transit: Party, clock: FrozenClock
) -> None:
    hint = lin.tokens(transit)["id_token"]
    clock.advance(3600)  # an expired hint is still a hint
    response = lin.get(logout_url(id_token_hint=hint, post_logout_redirect_uri=AFTER, state="s&1"))
    assert response.location.startswith(AFTER)
    assert answer_of(response)["state"] == "s&1"
    assert not is_logged_in(lin)
    again = lin.get(logout_url(id_token_hint=hint, post_logout_redirect_uri=AFTER))
    assert again.location == AFTER  # no session any more: still the way back


def test_nobody_is_sent_to_an_unregistered_page(lin: Browser, transit: Party) -> None:
    for target in ("http://evil.example/", AFTER + "x", AFTER.rstrip("/"), "//evil.example", "javascript:1"):
        hint = lin.tokens(transit)["id_token"]
        response = lin.get(logout_url(id_token_hint=hint, post_logout_redirect_uri=target))
        assert response.status_code == 200, target
        assert "Location" not in response.headers
        lin.log_in("lin")


def test_forged_hints_are_refused(lin: Browser, transit: Party, clinic: Party, now: datetime) -> None:
    real = lin.tokens(transit)["id_token"]
    claims = transit.claims(real)
    stranger = ECKey.generate_key("P-256", auto_kid=True)
    head, body, _ = real.split(".")
    forged = (
        "x",
        "..",
        real[:-6] + "AAAAAA",
        f"{head}.{body}.",
        jwt.encode({"alg": "ES256"}, claims, stranger),
        "eyJhbGciOiJub25lIn0." + body + ".",
    )
    for hint in forged:
        response = lin.get(logout_url(id_token_hint=hint, post_logout_redirect_uri=AFTER))
        assert response.status_code == 400, hint
        assert "Location" not in response.headers
    mixed = lin.get(logout_url(id_token_hint=real, client_id=clinic.client_id))
    assert mixed.status_code == 400
    assert is_logged_in(lin)


def test_without_her_own_hint_the_person_is_asked(
    lin: Browser, other_browser: Browser, transit: Party
) -> None:
    other_browser.log_in("chen")
    other_browser.allow(transit)
    foreign = other_browser.tokens(transit)["id_token"]
    for params in ({"client_id": transit.client_id}, {}, {"id_token_hint": foreign}):
        asked = params | {"post_logout_redirect_uri": AFTER, "state": "s"}
        page = lin.get(logout_url(**asked))
        assert page.status_code == 200
        assert is_logged_in(lin)
    answer = lin.submit(
        lin.get(logout_url(client_id=transit.client_id, post_logout_redirect_uri=AFTER)),
        "/oauth/logout/confirmed",
    )
    assert answer.location == AFTER
    assert not is_logged_in(lin)
    assert is_logged_in(other_browser)


def test_the_question_names_the_app_in_the_readers_language(lin: Browser, transit: Party) -> None:
    url = logout_url(client_id=transit.client_id)
    assert "“城市公交”请求退出" in lin.get(url).text
    lin.submit(lin.get(ANY_PAGE), "/language", language="en")
    page = lin.get(url).text
    assert "City bus" in page
    assert "城市公交" not in page


def test_a_posted_logout_goes_on_by_get_with_the_cookie(
    lin: Browser, other_browser: Browser, transit: Party
) -> None:
    def posted(**form: str) -> TestResponse:
        """What another site's form is answered: it comes without her cookie."""
        answer = other_browser.http.post("/oauth/logout", data=form, base_url=ISSUER)
        assert (answer.status_code, answer.headers.getlist("Set-Cookie")) == (303, [])
        return answer

    assert "要退出登录吗" in lin.get(posted(state="s").location).text
    assert is_logged_in(lin)
    tokens = lin.tokens(transit)
    answer = lin.get(posted(id_token_hint=tokens["id_token"], post_logout_redirect_uri=AFTER).location)
    assert answer.location == AFTER
    assert not is_logged_in(lin)
    assert transit.userinfo(tokens["access_token"]).status_code == 401


def test_a_session_ended_elsewhere_ends_here_at_once(lin: Browser, runtime: Runtime) -> None:
    from minzhengtong.identity.models import login_session

    with runtime.db.write() as conn:
        conn.execute(login_session.update().values(ended_at=runtime.clock.now(), ended_why="test"))
    assert not is_logged_in(lin)


def test_a_logout_token_has_the_standards_shape(transit: Party, runtime: Runtime, now: datetime) -> None:
    with runtime.db.read() as conn:
        client = client_by_id(conn, transit.client_id)
        assert client is not None
        token = mint_logout_token(runtime.keyring.current(conn), ISSUER, client, "the-sub", "the-sid", now)
    claims = transit.claims(token)
    assert claims.pop("jti")
    issued_at = int(now.timestamp())
    assert claims == {
        "iss": ISSUER,
        "aud": transit.client_id,
        "iat": issued_at,
        "exp": issued_at + 120,
        "sub": "the-sub",
        "sid": "the-sid",
        "events": {LOGOUT_EVENT: {}},
    }
