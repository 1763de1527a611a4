"""While PostgreSQL is stopped, pages, forms, programs and mini-apps get our own 503, and no session ends."""

from collections.abc import Iterator

import pytest

from tests.engines.postgresql import PostgreSQL
from tests.faults.cluster import Cluster
from tests.faults.wire import FORM, Answer, Phone, Wire, basic


@pytest.fixture(scope="module")
def lin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phone]:
    """She logged in; then PostgreSQL was stopped."""
    server = PostgreSQL()
    server.start()
    running = Cluster(tmp_path_factory.mktemp("away"), MZT_DATABASE_URL=server.url)
    try:
        running.start()
        with Phone(running.port, "lin") as lin:
            assert lin.get("/me").status == 200
            server.stop()
            yield lin
    finally:
        running.stop()
        server.stop()


OURS = (503, "2", "DENY", True)
"""The status of our own answer, its Retry-After and X-Frame-Options, and whether a policy forbids frames."""


def seen(answer: Answer) -> tuple[int, str, str, bool]:
    headers = answer.headers
    no_frames = "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    return answer.status, headers["Retry-After"], headers["X-Frame-Options"], no_frames


@pytest.mark.parametrize("path", ["/", "/me", "/code", "/login", "/nothing", "/oauth/authorize"])
def test_a_page_of_a_session_says_that_it_will_pass(lin: Phone, path: str) -> None:
    cookie = lin.cookie
    page = lin.get(path)
    assert seen(page) == OURS
    assert "暂时无法服务" in page.text
    assert "database_unavailable" in page.text
    assert lin.cookie == cookie


@pytest.mark.parametrize("path", ["/code/fresh", "/logout", "/login/persona"])
def test_a_form_of_a_session_gets_our_503(lin: Phone, path: str) -> None:
    assert seen(lin.post(path, persona="lin")) == OURS


def test_the_login_page_is_our_503(lin: Phone) -> None:
    with Phone(lin.port) as nobody:
        assert seen(nobody.get("/login")) == OURS


def test_a_program_of_another_origin_gets_our_503(lin: Phone) -> None:
    """Whether theirs may read the answer is in the database as well; the answer must not break over that."""
    headers = {"Origin": f"http://transit.localhost:{lin.port}", "Content_Type": FORM}
    headers |= {"Authorization": basic("a secret")}
    with Wire(lin.port) as app:
        for path in ("/oauth/token", "/oauth/revoke"):
            asked = app.ask("POST", path, b"grant_type=client_credentials&token=x", **headers)
            assert seen(asked) == OURS
        answer = app.ask("GET", "/oauth/userinfo", b"", **headers | {"Authorization": "Bearer x"})
    assert seen(answer) == OURS
    assert answer.json["code"] == "database_unavailable"


def test_a_page_of_a_mini_app_says_that_it_is_not_the_apps_fault(lin: Phone) -> None:
    with Wire(lin.port) as browser:
        page = browser.ask("GET", "/", b"", Host=f"transit.localhost:{lin.port}")
    assert seen(page) == OURS
    assert "暂时联系不上平台" in page.text
    assert "不受影响" not in page.text
