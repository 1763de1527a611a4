"""The pages of the two mini-apps: languages, headers, forms, errors."""

import re
from hashlib import sha256

import pytest

from tests.world.browser import Browser
from tests.world.facts import CLINIC, PLATFORM, TRANSIT
from tests.world.world import World

POLICY = "frame-ancestors 'none'"


def test_the_language_follows_browser_and_switch(lin: Browser) -> None:
    lin.open_app(TRANSIT + "/")
    assert "票价" in lin.page
    assert "Hello, Lin Xiaomin" in lin.get(TRANSIT + "/", **{"Accept-Language": "en-GB,en;q=0.9"}).text
    english = lin.get(TRANSIT + "/?lang=en&from=poster")
    assert lin.at == TRANSIT + "/?from=poster"
    assert 'lang="en"' in english.text
    assert "Show your one code to ride" in english.text
    assert "票价" in lin.get(TRANSIT + "/?lang=zh").text


@pytest.mark.parametrize(("asked", "lang"), [("zh-TW,en;q=0.5", "zh-Hans"), ("en-US,zh-CN;q=0.9", "en")])
def test_platform_and_app_answer_in_the_same_language(lin: Browser, asked: str, lang: str) -> None:
    lin.open_app(TRANSIT + "/")
    for url in (TRANSIT + "/", PLATFORM + "/"):
        assert f'<html lang="{lang}"' in lin.get(url, **{"Accept-Language": asked}).text


def test_every_text_of_the_pages_has_its_english(lin: Browser) -> None:
    for url in (TRANSIT, CLINIC):
        lin.open_app(url + "/?lang=en")
        page = re.sub(r'value="[^"]*"', "", lin.get(url + "/").text.replace("中文", ""))
        assert [character for character in page if "一" <= character <= "鿿"] == []


@pytest.mark.parametrize(
    "url", [TRANSIT + "/", CLINIC + "/", TRANSIT + "/nothing", CLINIC + "/oidc/callback"]
)
def test_headers_keep_frames_and_foreign_scripts_out(lin: Browser, url: str) -> None:
    headers = lin.open_app(url).headers
    assert POLICY in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert (headers["X-Content-Type-Options"], headers["X-Frame-Options"]) == ("nosniff", "DENY")
    assert (headers["Referrer-Policy"], headers["Cache-Control"]) == ("same-origin", "no-store")


def test_the_bar_leads_back_to_the_platform(lin: Browser) -> None:
    assert f'href="{PLATFORM}/"' in lin.open_app(TRANSIT + "/").text


def test_stylesheets_are_at_the_apps_own_origin(lin: Browser) -> None:
    for name in ("tokens", "base", "components"):
        sheet = lin.look(f"{TRANSIT}/_mzt/css/{name}.css")
        assert (sheet.status_code, sheet.mimetype) == (200, "text/css")
        assert sheet.headers.getlist("X-Content-Type-Options") == ["nosniff"]
    assert lin.look(TRANSIT + "/_mzt/../../pyproject.toml").status_code == 404


@pytest.mark.parametrize("origin", [PLATFORM, TRANSIT])
def test_what_a_page_loads_may_be_kept_for_ever(lin: Browser, origin: str) -> None:
    """Its address names its content, so an old stylesheet never meets a new page."""
    page = lin.open_app(origin + "/").text
    loaded = set(re.findall(r'"(/(?:static|_mzt)/[^"#]+)', page))
    assert len(loaded) >= 4
    for address in loaded:
        whole = lin.look(origin + address)
        assert whole.status_code == 200
        assert whole.headers["Cache-Control"] == "public, max-age=31536000, immutable", address
        file, _, version = address.partition("?v=")
        assert sha256(whole.data).hexdigest().startswith(version)
        for other in (file, file + "?v=", file + "?v=" + version[::-1]):
            assert lin.look(origin + other).headers["Cache-Control"] == "public, max-age=300", other
    assert "max-age" not in lin.look(origin + "/static/nothing").headers.get("Cache-Control", "")


def test_she_registers_and_sees_her_slip(lin: Browser) -> None:
    lin.open_app(CLINIC + "/")
    page = lin.submit("/visits", department="眼科").text
    assert "待缴费" in page
    assert "100****0001" in page
    assert "359999" not in page


@pytest.mark.parametrize("department", ["", "总统套房", "内科\x00"])
def test_a_department_that_does_not_exist_is_refused(lin: Browser, department: str) -> None:
    lin.open_app(CLINIC + "/")
    assert lin.submit("/visits", department=department).status_code == 400
    assert "待缴费" not in lin.get(CLINIC + "/").text


@pytest.mark.parametrize("origin", ["https://evil.example", "null", TRANSIT, PLATFORM])
def test_a_form_of_another_site_is_refused(lin: Browser, origin: str) -> None:
    lin.open_app(CLINIC + "/")
    answer = lin.post(CLINIC + "/visits", {"department": "内科"}, Origin=origin)
    assert (answer.status_code, "不能这样提交" in answer.text) == (403, True)
    assert "待缴费" not in lin.get(CLINIC + "/").text


def test_a_form_after_the_session_ended_leads_to_login(world: World) -> None:
    answer = world.browser().post(CLINIC + "/visits", {"department": "内科"})
    assert answer.location.startswith(PLATFORM + "/oauth/authorize?")


@pytest.mark.parametrize(
    ("url", "method", "status"),
    [
        ("/nothing", "GET", 404),
        ("/%ff%fe", "GET", 404),
        ("/", "POST", 405),
        ("/visits", "GET", 405),
        ("/oidc/callback", "GET", 400),
        ("/oidc/callback?state=%00&code=%ff", "GET", 400),
        ("/.mzt/events", "GET", 405),
        ("/.mzt/events", "POST", 400),
        ("/oidc/backchannel-logout", "POST", 400),
    ],
)
def test_strange_requests_get_a_calm_answer(world: World, url: str, method: str, status: int) -> None:
    browser = world.browser()
    answer = browser.look(CLINIC + url) if method == "GET" else browser.post(CLINIC + url, b"\xff\x00")
    assert answer.status_code == status


def test_a_body_that_is_too_large_is_refused(lin: Browser) -> None:
    lin.open_app(CLINIC + "/")
    assert lin.post(CLINIC + "/visits", {"department": "x" * 2_000_000}).status_code == 413
