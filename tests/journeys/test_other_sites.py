"""Forms of another site, in a real browser: 127.0.0.1 and localhost are two sites to it."""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qsl, urlsplit

import pytest
from markupsafe import escape
from playwright.sync_api import Page

from tests.journeys.browser import PageOf
from tests.journeys.server import Server
from tests.web.oidc.party import Party

PostFrom = Callable[..., None]


class Site(BaseHTTPRequestHandler):
    """Answers any path with a page that posts the query to the address in the parameter `action`."""

    def do_GET(self) -> None:
        fields = dict(parse_qsl(urlsplit(self.path).query))
        action = escape(fields.pop("action", ""))
        inputs = "".join(f'<input name="{escape(name)}" value="{escape(fields[name])}">' for name in fields)
        body = f'<form method="post" action="{action}">{inputs}<button>go</button></form>'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture(scope="module")
def other_site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def wu(page_of: PageOf) -> Page:
    return page_of("wu")


@pytest.fixture
def post(other_site: str, server: Server, wu: Page) -> PostFrom:
    """Give a function that sends him to the other site and has him press its button."""

    def post(path: str, query: str = "") -> None:
        wu.goto(f"{other_site}?action={server.url}{path}&{query}")
        wu.get_by_role("button").click()
        wu.wait_for_url(f"{server.url}/**")

    return post


def session(page: Page) -> str:
    """Her cookie, once a page has put its form token in."""
    if page.url == "about:blank":
        page.goto("/me")
    return next(
        found["value"] for found in page.context.cookies() if found["name"].removeprefix("mzt_").isdigit()
    )


def test_no_form_of_another_site_ends_a_login(wu: Page, post: PostFrom) -> None:
    before = session(wu)
    for path in ("/login", "/login/persona", "/logout", "/language", "/oauth/logout/confirmed", "/nowhere"):
        post(path, "persona=lin&language=en&answer=yes")
        assert session(wu) == before, path
    wu.goto("/me")
    assert urlsplit(wu.url).path == "/me"


def test_an_authorization_request_may_come_from_another_site(
    wu: Page, post: PostFrom, server: Server
) -> None:
    callback = f"{server.app_url('transit')}/oidc/callback"
    asked = Party("example.fuzhou.transit", "", callback, None).url()  # type: ignore[arg-type]
    before = session(wu)
    post("/oauth/authorize", asked.partition("?")[2])
    assert "/oauth/consent/" in wu.url  # without a second login
    wu.locator("[name=answer][value=yes]").click()
    wu.wait_for_url(f"{callback}?**")
    assert "code=" in wu.url
    assert session(wu) == before


def test_a_logout_from_another_site_asks_and_then_logs_out(wu: Page, post: PostFrom) -> None:
    post("/oauth/logout", "state=s")
    assert wu.get_by_role("heading", name="要退出登录吗？").is_visible()
    wu.locator("main").get_by_role("button", name="退出登录").click()
    wu.get_by_role("heading", name="已退出登录").wait_for()
    wu.goto("/me")
    assert urlsplit(wu.url).path == "/login"
