"""Opening a mini-app: one login, consent once, deep addresses, different subjects, logout."""

import sqlite3
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text

from minzhengtong.base.clock import FrozenClock
from minzhengtong.run.app import create_delivery
from tests.world.browser import Browser
from tests.world.facts import CLINIC, PLATFORM, TRANSIT
from tests.world.world import World


def subjects(world: World, slug: str) -> list[str]:
    """The `citizen` column of the app's own sessions."""
    path = world.runtime.settings.var_dir / "apps" / f"{slug}.db"
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT json_extract(citizen, '$.sub') FROM session").fetchall()
    connection.close()
    return [row[0] for row in rows]


def test_one_login_opens_both_apps_under_different_subjects(world: World, lin: Browser) -> None:
    assert "林晓闽，您好" in lin.open_app(TRANSIT + "/").text
    assert "林晓闽，您好" in lin.open_app(CLINIC + "/").text
    (in_transit,), (in_clinic,) = subjects(world, "transit"), subjects(world, "clinic")
    assert in_transit != in_clinic
    assert "lin" not in in_transit + in_clinic


def test_the_second_login_asks_for_no_consent(world: World, lin: Browser) -> None:
    lin.open_app(CLINIC + "/")
    again = world.person("lin")
    again.get(CLINIC + "/")
    assert again.at == CLINIC + "/"


def test_a_deep_address_survives_login_and_consent(world: World) -> None:
    browser = world.browser()
    browser.get(TRANSIT + "/?from=poster&lines=1")
    assert urlsplit(browser.at).path == "/login"
    browser.submit("/login/persona", persona="xu")
    browser.submit(browser.at, answer="yes")
    assert browser.at == TRANSIT + "/?from=poster&lines=1"


def test_a_no_shows_a_page_that_says_so(lin: Browser) -> None:
    lin.get(TRANSIT + "/")
    refused = lin.submit(lin.at, answer="no")
    assert (refused.status_code, urlsplit(lin.at).netloc) == (400, "transit.localhost:8000")
    assert "您没有同意授权" in refused.text


def test_the_request_carries_pkce_state_and_nonce(lin: Browser) -> None:
    first, second = (parse_qs(urlsplit(lin.look(TRANSIT + "/").location).query) for _ in range(2))
    assert first["code_challenge_method"] == ["S256"]
    assert first["scope"] == ["openid profile.name"]
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name][0]) >= 32
        assert first[name] != second[name]


def test_a_callback_of_another_browser_or_twice_is_refused(world: World, lin: Browser) -> None:
    lin.open_app(TRANSIT + "/")
    world.person("lin")
    fresh = world.person("lin")
    start = fresh.look(TRANSIT + "/")
    callback = fresh.look(start.location).location
    assert callback.startswith(TRANSIT + "/oidc/callback?")
    stranger = world.browser().get(callback)
    assert (stranger.status_code, "这次登录已经过期" in stranger.text) == (400, True)
    assert fresh.get(callback).status_code == 200
    assert fresh.look(callback).location == "/"  # the back button: she is logged in already


@pytest.mark.parametrize("change", [("iss=", "iss=x"), ("code=", "code=x")])
def test_an_altered_callback_is_refused(world: World, lin: Browser, change: tuple[str, str]) -> None:
    lin.open_app(TRANSIT + "/")
    fresh = world.person("lin")
    callback = fresh.look(fresh.look(TRANSIT + "/").location).location
    answer = fresh.get(callback.replace(*change))
    assert (answer.status_code, "登录没有完成" in answer.text) == (400, True)
    assert fresh.look(TRANSIT + "/").status_code == 303


def test_a_login_that_the_platform_cannot_finish_now_says_so(world: World, lin: Browser) -> None:
    lin.open_app(TRANSIT + "/")
    fresh = world.person("lin")
    callback = fresh.look(fresh.look(TRANSIT + "/").location).location
    with world.runtime.db.write() as conn:
        conn.execute(text("ALTER TABLE access_token RENAME TO elsewhere"))
    page = fresh.look(callback)
    assert (page.status_code, page.headers["Retry-After"]) == (503, "2")
    assert "暂时联系不上平台" in page.text


def test_logging_out_ends_the_sessions_in_both_apps(world: World, lin: Browser) -> None:
    lin.open_app(TRANSIT + "/")
    lin.open_app(CLINIC + "/")
    chen = world.person("chen")
    chen.open_app(TRANSIT + "/")
    lin.get(PLATFORM + "/me")
    lin.submit("/logout")
    deliver_due, _ = create_delivery(world.runtime)
    assert deliver_due() == 2
    for origin in (TRANSIT, CLINIC):
        assert lin.look(origin + "/").status_code == 303
    assert chen.look(TRANSIT + "/").status_code == 200


def test_a_session_ends_by_itself_and_comes_back_unnoticed(lin: Browser, clock: FrozenClock) -> None:
    lin.open_app(TRANSIT + "/")
    clock.advance(3601)
    assert lin.look(TRANSIT + "/").status_code == 303
    assert lin.get(TRANSIT + "/").status_code == 200
    assert lin.at == TRANSIT + "/"


def test_a_level_that_is_too_low_gets_a_page_that_says_so(world: World) -> None:
    huang = world.person("huang")
    huang.open_app(CLINIC + "/")
    refused = huang.submit("/visits", department="内科")
    assert (refused.status_code, "需要更高的实名等级" in refused.text) == (403, True)
