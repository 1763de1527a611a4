"""How a token is sent to the UserInfo endpoint, and what is said to a call without a good one."""

import pytest

from minzhengtong.base.clock import FrozenClock
from minzhengtong.oidc.tokens import ACCESS_TOKEN_SECONDS
from tests.web.oidc.party import Browser, Party

URL = "/oauth/userinfo"


@pytest.fixture
def token(lin: Browser, transit: Party) -> str:
    lin.allow(transit)
    return str(lin.tokens(transit)["access_token"])


def test_a_token_is_sent_in_the_header_or_in_the_form(transit: Party, token: str) -> None:
    header = {"Authorization": f"Bearer {token}"}
    answers = (
        transit.http.get(URL, headers=header),
        transit.http.post(URL, headers=header),
        transit.http.post(URL, headers={"Authorization": f"bearer  {token} "}),
        transit.http.post(URL, data={"access_token": token}),
    )
    for answer in answers:
        assert (answer.status_code, answer.json["name"]) == (200, "林晓闽")  # type: ignore[index]


def test_a_token_is_sent_once_and_not_in_the_url(transit: Party, token: str) -> None:
    header, form = {"Authorization": f"Bearer {token}"}, {"access_token": token}
    answers = (
        transit.http.post(URL, headers=header, data=form),
        transit.http.post(URL, data={"access_token": [token, token]}),
        transit.http.get(URL, query_string=form),
        transit.http.post(URL, headers=header, query_string=form),
    )
    for answer in answers:
        assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")  # type: ignore[index]
        assert 'Bearer error="invalid_request"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("header", [None, "", "Basic eDp5", "Bearerx"])
def test_a_call_without_a_token_learns_of_no_error(transit: Party, header: str | None) -> None:
    sent = {} if header is None else {"Authorization": header}
    for answer in (
        transit.http.get(URL, headers=sent),
        transit.http.post(URL, headers=sent, json={"access_token": "x"}),
        transit.http.post(URL, headers=sent, data={"access_token": ""}),
    ):
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="minzhengtong"'


def test_a_token_that_is_not_valid_is_told_so(transit: Party, token: str, clock: FrozenClock) -> None:
    for header in ("Bearer", "Bearer x", "Bearer \xff"):
        answer = transit.http.get(URL, headers={"Authorization": header})
        assert answer.status_code == 401
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    clock.advance(ACCESS_TOKEN_SECONDS)
    assert transit.userinfo(token).status_code == 401
    assert transit.http.post(URL, data={"access_token": token}).status_code == 401
