"""Headers and cookies of every route of platform and mini-apps, for good and bad answers."""

import re
from dataclasses import replace

import pytest
from werkzeug.test import TestResponse

from minzhengtong.base.settings import Settings
from minzhengtong.web.platform import create_platform
from tests.world.facts import CLINIC, PLATFORM, TRANSIT
from tests.world.routes import path_of, routes
from tests.world.world import World

CACHED = {"static", "services.show_icon", "metadata.discovery", "metadata.key_set", "api_codes.read_keys"}
BAD_PATHS = ("/nothing", "/static/nothing", "/code/freeze", "/wallet/nothing", "/%00", "/../x", "/bench")
ICON_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def check(answer: TestResponse, where: object, *, may_be_cached: bool = False) -> None:
    headers = answer.headers
    policy = headers["Content-Security-Policy"]
    if policy != ICON_POLICY:
        for part in ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action "):
            assert part in policy, where
        assert "unsafe" not in policy, where
        assert "*" not in policy, where
    assert headers["X-Content-Type-Options"] == "nosniff", where
    assert headers["X-Frame-Options"] == "DENY", where
    assert headers["Referrer-Policy"] in ("same-origin", "no-referrer"), where
    assert may_be_cached or headers["Cache-Control"] == "no-store", where
    assert "Server" not in headers, where
    assert "Access-Control-Allow-Credentials" not in headers, where
    if (answer.mimetype or "").startswith("text/"):
        assert answer.mimetype_params.get("charset") == "utf-8", where


def test_every_route_of_the_platform(house: World) -> None:
    people = [house.browser(), house.person("lin"), house.person("qiu")]
    for rule, method, _ in routes(house.platform):
        for browser in people:
            answer = browser.http.open(path_of(rule), method=method, base_url=PLATFORM, buffered=True)
            check(answer, (rule, answer.status), may_be_cached=rule.endpoint in CACHED)
            assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin", rule
            assert answer.headers["Permissions-Policy"].startswith("camera="), rule


def test_every_route_of_the_apps(house: World) -> None:
    lin = house.person("lin")
    for origin in (TRANSIT, CLINIC):
        lin.open_app(origin + "/")
    for origin, app in house.origins().items():
        for rule, method, _ in () if origin == PLATFORM else routes(app):
            for browser in (house.browser(), lin):
                answer = browser.http.open(path_of(rule), method=method, base_url=origin, buffered=True)
                check(answer, (origin, rule), may_be_cached=rule.endpoint == "static")


@pytest.mark.parametrize("origin", [PLATFORM, TRANSIT, "http://nobody.localhost:8000"])
def test_errors_and_other_methods_too(house: World, origin: str) -> None:
    for path in BAD_PATHS:
        for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"):
            answer = house.browser().http.open(path, method=method, base_url=origin, buffered=True)
            assert answer.status_code < 500
            if answer.status_code != 307:  # led to the platform's own address
                check(answer, (origin, path, method))


def cookies(answer: TestResponse) -> list[str]:
    return answer.headers.getlist("Set-Cookie")


def test_cookies_are_for_their_own_host_and_no_script(house: World) -> None:
    seen = []
    for browser in (house.browser(), house.person("lin")):
        for url in (
            PLATFORM + "/login",
            PLATFORM + "/me",
            TRANSIT + "/",
            CLINIC + "/",
            TRANSIT + "/?lang=en",
        ):
            seen += cookies(browser.look(url))
    assert len(seen) >= 5
    for cookie in seen:
        flags = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"httponly", "samesite=lax", "path=/"} <= flags, cookie
        assert not any(flag.startswith("domain") for flag in flags), cookie
        assert re.match(r"(mzt_8000|8000_session|8000_login|language)=", cookie), cookie


def test_under_https_cookies_are_secure_and_bound_to_the_host(house: World) -> None:
    environment = {"MZT_PUBLIC_URL": "https://portal.example", "MZT_DEMO": "off"}
    settings = Settings.from_env(environment | {"MZT_VAR_DIR": str(house.runtime.settings.var_dir)})
    runtime = replace(house.runtime, settings=settings)
    answer = create_platform(runtime).test_client().get("/login", base_url="https://portal.example")
    (cookie,) = cookies(answer)
    assert cookie.startswith("__Host-mzt=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
