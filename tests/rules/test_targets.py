"""No redirect leads off the platform: not by `next`, a path, a WSGI variable or a foreign Host."""

from urllib.parse import urljoin, urlsplit

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from minzhengtong.web.kit.targets import local_target
from tests.world.facts import CLINIC, PLATFORM, TRANSIT
from tests.world.routes import path_of, routes
from tests.world.world import World

EVIL = "evil.example"
NASTY = (
    f"http://{EVIL}",
    f"https://{EVIL}/",
    f"//{EVIL}",
    f"///{EVIL}",
    f"////{EVIL}",
    f"/\\{EVIL}",
    f"\\\\{EVIL}",
    f"\\/{EVIL}",
    f"/\t/{EVIL}",
    f"/\n/{EVIL}",
    f"/\r/{EVIL}",
    f"\t//{EVIL}",
    f" //{EVIL}",
    f"/%09/{EVIL}",
    f"/%2f%2f{EVIL}",
    f"/%5c{EVIL}",
    f"/.//{EVIL}",
    f"/..//{EVIL}",
    f"/./\\{EVIL}",
    f"http:{EVIL}",
    f"http:/{EVIL}",
    f"HTTP://{EVIL}",
    f"//{EVIL}@localhost:8000",
    f"//localhost:8000@{EVIL}",
    f"http://localhost:8000@{EVIL}",
    f"http://localhost:8000.{EVIL}",
    f"//localhost:8000.{EVIL}",
    f"@{EVIL}",
    f".{EVIL}",
    f"?//{EVIL}",
    f"#//{EVIL}",
    f"/\u2028/{EVIL}",
    f"／／{EVIL}",
    f"/／{EVIL}",
    "//%65vil.example",
    "javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "\ud800",
    "/" + "x" * 9000,
)


def leads_home(location: str) -> bool:
    """Whether a browser that follows this from our login page stays with us, also by its own rules."""
    as_browsers_read = "".join(character for character in location if character not in "\t\r\n")
    as_browsers_read = as_browsers_read.strip(" \x00").replace("\\", "/")
    parts = urlsplit(urljoin(PLATFORM + "/login", as_browsers_read))
    return (parts.scheme, parts.netloc) == ("http", "localhost:8000")


@pytest.mark.parametrize("target", NASTY, ids=range(len(NASTY)))
def test_next_never_leads_to_another_origin(house: World, target: str) -> None:
    assert leads_home(local_target(target))
    sent = target.encode("utf-8", "replace").decode()
    lin = house.browser()
    lin.get("/login")
    for path, form in (("/login/persona", {"persona": "lin"}), ("/language", {"language": "en"})):
        answer = lin.send(path, **form, next=sent)
        if answer.status_code == 400:  # the login made a new form token
            lin.get("/me")
            answer = lin.send(path, **form, next=sent)
        assert answer.status_code == 303
        assert leads_home(answer.location), answer.location
    shown = lin.http.get("/login", query_string={"next": sent}, base_url=PLATFORM)
    assert shown.status_code == 303
    assert leads_home(shown.location)


def bent(path: str) -> list[str]:
    """The path in forms that a browser, or a router, might read as another host's."""
    before = ("//", "///", "/\\", "@", ".", "", "/.//", "/%2f", "http://", "/\t/")
    return [f"{start}{EVIL}{path}" for start in before] + [f"{path}//{EVIL}", f"{path}/", f"//{path[1:]}", ""]


@pytest.mark.parametrize("script_name", ["", "/evil", f"//{EVIL}", "@" + EVIL])
@pytest.mark.parametrize("origin", [PLATFORM, TRANSIT, CLINIC, f"http://{EVIL}"])
def test_no_path_and_no_variable_of_a_client_leads_to_another_host(
    house: World, origin: str, script_name: str
) -> None:
    """WSGI variables as a server might take them from a request's line and headers."""
    app, ours = house.origins().get(origin, house.platform), {PLATFORM, origin} - {f"http://{EVIL}"}
    for path in sorted({path_of(rule) for rule, _, _ in routes(app)}):
        for sent in (path, *bent(path)):
            environ = EnvironBuilder(base_url=origin).get_environ()
            environ |= {"PATH_INFO": sent, "SCRIPT_NAME": script_name}
            body, status, headers = run_wsgi_app(house.app, environ)
            getattr(body, "close", lambda: None)()
            assert not status.startswith("500"), (sent, status)
            if location := headers.get("Location"):
                parts = urlsplit(urljoin(origin + path, location))
                assert f"{parts.scheme}://{parts.netloc}" in ours, (sent, location)


@pytest.mark.parametrize(
    "host", [EVIL, f"localhost:8000.{EVIL}", f"{EVIL}:8000", "localhost:8000@" + EVIL, "["]
)
def test_a_foreign_host_header_is_not_trusted(house: World, host: str) -> None:
    for path in ("/login", "/code", "/oauth/authorize", "/.well-known/openid-configuration"):
        answer = house.browser().http.get(path, headers={"Host": host})
        assert answer.status_code == 307
        assert answer.location.startswith(PLATFORM + "/")
        assert EVIL not in answer.location
