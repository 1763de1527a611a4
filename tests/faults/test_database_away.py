"""While PostgreSQL is stopped: who has a session, who comes with a token and who opens a mini-app all get
an answer of ours, and nobody is logged out by it.
"""

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


def is_our_503(answer: Answer) -> None:
    assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/", "/me", "/code", "/login", "/nothing", "/oauth/authorize"])
def test_who_is_logged_in_reads_that_it_will_pass(lin: Phone, path: str) -> None:
    cookie = lin.cookie
    page = lin.get(path)
    is_our_503(page)
    assert "暂时无法服务" in page.text
    assert "database_unavailable" in page.text
    assert lin.cookie == cookie


def test_her_forms_too(lin: Phone) -> None:
    for path in ("/code/fresh", "/logout", "/login/persona"):
        is_our_503(lin.post(path, persona="lin"))


def test_who_is_not_logged_in_too(lin: Phone) -> None:
    with Phone(lin.port) as stranger:
        is_our_503(stranger.get("/login"))


def test_programs_of_other_origins_too(lin: Phone) -> None:
    """Whether theirs may read the answer is in the database as well; the answer must not break over that."""
    headers = {"Origin": f"http://transit.localhost:{lin.port}", "Content_Type": FORM}
    headers |= {"Authorization": basic("a secret")}
    with Wire(lin.port) as app:
        for path in ("/oauth/token", "/oauth/revoke"):
            is_our_503(app.ask("POST", path, b"grant_type=client_credentials&token=x", **headers))
        answer = app.ask("GET", "/oauth/userinfo", b"", **headers | {"Authorization": "Bearer x"})
    is_our_503(answer)
    assert answer.json["code"] == "database_unavailable"


def test_who_opens_a_mini_app_reads_that_it_is_not_the_apps_fault(lin: Phone) -> None:
    with Wire(lin.port) as browser:
        page = browser.ask("GET", "/", b"", Host=f"transit.localhost:{lin.port}")
    is_our_503(page)
    assert "暂时联系不上平台" in page.text
    assert "不受影响" not in page.text
