"""A remote mini-app over real HTTP: added by a command, logs Lin in, scans at its own till, charges."""

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.journeys.browser import PageOf
from tests.journeys.kiosk import Kiosk, open_to_the_public
from tests.journeys.server import Server, free_port
from tests.unit.registry.manifests import remote

TILL = "xiamen-kiosk-7"


@pytest.fixture(scope="module")
def kiosk(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kiosk]:
    """A vending machine's site, recorded at the running simulator."""
    origin = f"http://127.0.0.1:{free_port()}"
    added = add(server, tmp_path_factory.mktemp("kiosk"), remote(origin, 7))
    facts = dict(line.split(": ") for line in added.splitlines())
    kiosk = Kiosk(facts["issuer"], origin, facts["client_id"], facts["client_secret"])
    with open_to_the_public(kiosk):
        yield kiosk


def add(server: Server, folder: Path, manifest: dict[str, Any]) -> str:
    """`minzhengtong miniapp add`, and what it printed."""
    path = folder / "manifest.json"
    path.write_text(json.dumps(manifest), "utf-8")
    done = server.run("miniapp", "add", str(path))
    assert done.returncode == 0, done.stderr
    return done.stdout


def digits_of(page: Page) -> str:
    """The 18 digits of the code on her screen."""
    page.goto("/code")
    found = re.search(r"\d{6}\D{1,20}\d{6}\D{1,20}\d{6}", page.locator("main").inner_text())
    assert found
    return re.sub(r"\D", "", found[0])


def wait_until(true: Callable[[], bool], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_it_logs_in_scans_charges_and_is_logged_out(server: Server, kiosk: Kiosk, page_of: PageOf) -> None:
    page = page_of("lin")
    page.goto(kiosk.origin + "/")
    page.locator("form button.button-primary").click()  # the consent sheet
    page.wait_for_url(kiosk.origin + "/")
    (person,) = kiosk.sessions.values()
    assert person["name"] == "林晓闽"
    assert "phone_number" not in person

    scan = kiosk.post("/api/v1/scans", {"code": digits_of(page), "terminal_id": TILL}).json()
    assert (scan["verdict"], scan["payment"]["amount_fen"]) == ("pass", 350)
    assert scan["person"]["handle"] == person["sub"]
    page.goto("/activity")
    assert "便民售货机 · 厦门" in page.locator("main").inner_text()

    page.goto("/me")
    page.get_by_role("button", name="退出登录").click()
    wait_until(lambda: not kiosk.sessions)


def test_it_may_do_no_more_than_it_was_granted(server: Server, kiosk: Kiosk, page_of: PageOf) -> None:
    code = digits_of(page_of("xu"))
    senior = [{"kind": "predicate", "type": "senior-card"}]
    for body, status, reason in (
        ({"code": code, "terminal_id": "fuzhou-bus-1-gate"}, 404, "terminal_unknown"),
        ({"code": code, "terminal_id": TILL, "wants": senior}, 403, "scope_not_granted"),
    ):
        answer = kiosk.post("/api/v1/scans", body)
        assert (answer.status_code, answer.json()["code"]) == (status, reason)
    assert kiosk.post("/api/v1/scans", {"code": code, "terminal_id": TILL}).json()["verdict"] == "pass"


def test_the_secret_is_shown_once_and_adding_again_makes_another(server: Server, tmp_path: Path) -> None:
    first, second = (add(server, tmp_path, remote("http://127.0.0.1:9777", 9)) for _ in range(2))
    assert first != second
    secret = second.rpartition(": ")[2].strip()
    listed = server.run("miniapp", "list").stdout
    assert "example.vendor.kiosk9" in listed
    assert secret not in listed
    assert secret.encode() not in (server.var_dir / "minzhengtong.db").read_bytes()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda m: m["mzt"]["hosting"].update(origin="http://localhost:9000"), "not at the app's origin"),
        (lambda m: m.update(app_id="example.fuzhou.transit"), "another mini-app"),
        (lambda m: m["mzt"].update(hosting={"kind": "inprocess", "entry_point": "app:app"}), "remote"),
        (lambda m: m.clear(), "app_id"),
    ],
)
def test_a_manifest_that_cannot_be_added_gets_a_sentence_and_no_trace(
    server: Server, tmp_path: Path, change: Callable[[dict[str, object]], None], words: str
) -> None:
    manifest = remote(number=8)
    change(manifest)
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(manifest))
    done = server.run("miniapp", "add", str(path))
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr
