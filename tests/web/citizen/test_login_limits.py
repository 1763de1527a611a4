"""Wrong passwords from a stranger: they keep no owner out who has logged in on her device before."""

import pytest

from minzhengtong.base.clock import FrozenClock
from tests.world.browser import Browser
from tests.world.world import World

LIN = {"phone": "10000000001", "password": "minzhengtong-demo"}


@pytest.fixture
def owner(house: World) -> Browser:
    """Lin's browser, in which she has logged in by password and out again."""
    owner = house.browser()
    owner.get("/login")
    assert owner.submit("/login", **LIN).status_code == 200
    owner.get("/me")
    assert owner.submit("/logout").status_code == 200
    owner.get("/login")
    return owner


def stranger_guesses(house: World) -> Browser:
    stranger = house.browser()
    stranger.get("/login")
    for _ in range(5):
        assert stranger.submit("/login", phone=LIN["phone"], password="x").status_code == 422
    return stranger


def test_a_stranger_is_refused_and_the_owner_enters(house: World, owner: Browser) -> None:
    stranger = stranger_guesses(house)
    refused = stranger.submit("/login", **LIN)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "300")
    assert "请在 300 秒后再试" in refused.text
    owner.submit("/login", **LIN)
    assert owner.look("/me").status_code == 200


def test_a_stranger_with_a_device_of_his_own_is_still_a_stranger(house: World) -> None:
    other = house.browser()
    other.get("/login")
    other.submit("/login", phone="10000000002", password=LIN["password"])
    other.get("/me")
    other.submit("/logout")
    stranger_guesses(house)
    other.get("/login")
    assert other.submit("/login", **LIN).status_code == 429


def test_the_device_is_a_cookie_for_half_a_year_that_no_script_reads(house: World) -> None:
    browser = house.browser()
    browser.get("/login")
    browser.submit("/login", **LIN)
    cookie = browser.http.get_cookie("mzt_8000_device")
    assert cookie
    assert (cookie.max_age, cookie.http_only, cookie.same_site) == (180 * 86_400, True, "Lax")


def test_the_citizens_log_says_how_many_tries_failed(
    house: World, owner: Browser, clock: FrozenClock
) -> None:
    stranger_guesses(house)
    clock.advance(86_400)
    owner.submit("/login", **LIN)
    assert "有人用错误的密码尝试登录 5 次" in owner.get("/activity").text
    assert "tried a wrong password 5 times" in owner.get("/activity", **{"Accept-Language": "en"}).text
    other = house.person("chen")
    assert "错误的密码" not in other.get("/activity").text
