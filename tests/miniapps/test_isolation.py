"""Apps that are broken are off with a reason; all others stay up."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from minzhengtong.registry.apps import App, AppState, all_apps, app_by_slug, set_state
from minzhengtong.runtime import Runtime
from tests.world.apps import write_app
from tests.world.facts import PLATFORM, TRANSIT
from tests.world.world import World

BROKEN = Path(__file__).parents[1] / "miniapps_broken"
GOOD = """
from minzhengtong.sdk import MiniApp
app = MiniApp(__name__)

@app.get("/")
def index() -> str:
    return "good"
"""
BREAKS = """
import sys
from minzhengtong.sdk import MiniApp
app = MiniApp(__name__)

@app.get("/")
def index() -> str:
    return "still here"

@app.get("/raise")
def fail() -> str:
    raise RuntimeError("a secret of this app")

@app.get("/exit")
def leave() -> str:
    sys.exit(3)
"""


def record_of(world: World, slug: str) -> App:
    with world.runtime.db.read() as conn:
        return app_by_slug(conn, slug)


def test_only_the_app_that_ends_the_process_is_quarantined(runtime: Runtime) -> None:
    world = World.open(runtime, BROKEN)
    assert record_of(world, "broken").is_active  # nothing of it ran yet
    lin = world.person("lin")
    off = lin.look("http://broken.localhost:8000/any/page")
    assert (off.status_code, off.headers["Retry-After"]) == (503, "60")
    assert "这个服务暂时不能打开" in off.text
    app = record_of(world, "broken")
    assert app.state is AppState.QUARANTINED
    assert app.state_reason == "SystemExit: the department forgot its licence file (app.py, line 3)"
    assert lin.open_app(TRANSIT + "/").status_code == 200
    assert "the department forgot its licence file" in lin.get(PLATFORM + "/services").text


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("def (", "SyntaxError"),
        ("import nothing_of_this_name", "ModuleNotFoundError"),
        ("raise BaseException('x')", "BaseException: x"),
        ("app = 1", "TypeError: app:app is not a MiniApp but int"),
        ("", "TypeError: app:app is not a MiniApp but NoneType"),
        ("import os; os.environ['NO_SUCH']", "KeyError"),
    ],
)
def test_an_app_that_cannot_be_built_has_a_reason(
    runtime: Runtime, tmp_path: Path, code: str, reason: str
) -> None:
    world = World.open(runtime, write_app(tmp_path / "apps", "fresh", code))
    assert world.browser().look("http://fresh.localhost:8000/").status_code == 503
    assert record_of(world, "fresh").state_reason.startswith(reason)


def test_a_repaired_app_is_active_when_registered_again(runtime: Runtime, tmp_path: Path) -> None:
    folder = write_app(tmp_path / "apps", "fresh", "def (")
    assert World.open(runtime, folder).browser().look("http://fresh.localhost:8000/").status_code == 503
    (folder / "fresh" / "app.py").write_text(GOOD)
    assert World.open(runtime, folder).browser().look("http://fresh.localhost:8000/").text == "good"


def test_a_view_that_fails_affects_nothing_else(
    runtime: Runtime, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = World.open(runtime, write_app(tmp_path / "apps", "shaky", BREAKS))
    browser = world.browser()
    for path in ("/raise", "/exit"):
        answer = browser.look("http://shaky.localhost:8000" + path)
        assert (answer.status_code, "出错了" in answer.text) == (500, True)
        assert "secret" not in answer.text
    assert "a secret of this app" in caplog.text
    assert browser.look("http://shaky.localhost:8000/").text == "still here"
    assert browser.look(TRANSIT + "/").status_code == 303
    assert record_of(world, "shaky").is_active


def test_of_two_with_the_same_slug_or_id_neither_is_served_and_both_are_named(
    runtime: Runtime, tmp_path: Path
) -> None:
    one, two = write_app(tmp_path / "one", "same", GOOD), write_app(tmp_path / "two", "same", GOOD)
    write_app(two, "other", GOOD, app_id="example.fuzhou.clinic")
    world = World.open(runtime, one, two)
    for slug in ("same", "other", "clinic"):
        assert world.browser().look(f"http://{slug}.localhost:8000/").status_code == 503
    reason = record_of(world, "same").state_reason
    assert str(one / "same") in reason
    assert str(two / "same") in reason
    assert record_of(world, "clinic").name == "门诊挂号"
    assert record_of(world, "transit").is_active


@pytest.mark.parametrize(
    ("slug", "change", "reason"),
    [
        ("fresh", {"version": {"name": "1"}}, "version.name"),
        ("fresh", {"icons": [{"src": "picture.svg", "label": "图"}]}, "icon picture.svg is missing"),
        ("Fresh_One", {}, "cannot be part of a host name"),
    ],
)
def test_a_bad_manifest_is_listed_with_its_fault(
    runtime: Runtime, tmp_path: Path, slug: str, change: dict[str, object], reason: str
) -> None:
    world = World.open(
        runtime, write_app(tmp_path / "apps", slug, GOOD, app_id="example.tests.fresh", **change)
    )
    assert reason in record_of(world, slug).state_reason
    assert world.browser().look(TRANSIT + "/").status_code == 303


def test_an_icon_with_script_is_refused(runtime: Runtime, tmp_path: Path) -> None:
    folder = write_app(tmp_path / "apps", "fresh", GOOD)
    (folder / "fresh" / "icon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>")
    world = World.open(runtime, folder)
    assert "script or links" in record_of(world, "fresh").state_reason


def test_a_terminal_of_another_app_is_refused(runtime: Runtime, tmp_path: Path) -> None:
    folder = write_app(tmp_path / "apps", "fresh", GOOD)
    path = folder / "fresh" / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["mzt"]["terminals"][0]["id"] = "fuzhou-bus-1-gate"
    path.write_text(json.dumps(manifest))
    world = World.open(runtime, folder)
    assert "terminal_taken" in record_of(world, "fresh").state_reason
    assert record_of(world, "transit").is_active


def test_an_app_whose_folder_is_gone_is_off(runtime: Runtime, tmp_path: Path) -> None:
    World.open(runtime, write_app(tmp_path / "apps", "fresh", GOOD))
    world = World.open(runtime)
    assert record_of(world, "fresh").state_reason == "no folder fresh with a manifest.json"


def test_a_suspended_app_is_off_for_its_visitors(world: World) -> None:
    now = world.runtime.clock.now()
    with world.runtime.db.write() as conn:
        set_state(conn, now, "example.fuzhou.transit", AppState.SUSPENDED, "检查中")
    assert world.browser().look(TRANSIT + "/").status_code == 503
    with world.runtime.db.read() as conn:
        assert {app.slug for app in all_apps(conn) if not app.is_active} == {"transit"}


def test_an_app_is_not_quarantined_when_the_database_is_away(world: World) -> None:
    def rename(old: str, new: str) -> None:
        with world.runtime.db.write() as conn:
            conn.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))

    rename("miniapp", "elsewhere")
    page = world.browser().look(TRANSIT + "/")
    assert (page.status_code, page.headers["Retry-After"]) == (503, "2")
    assert "暂时联系不上平台" in page.text
    rename("elsewhere", "miniapp")
    assert world.browser().look(TRANSIT + "/").status_code == 303
    assert record_of(world, "transit").is_active


@pytest.mark.parametrize(
    ("host", "path", "location"),
    [
        ("evil.example", "/a?b=c", "http://localhost:8000/a?b=c"),
        ("nowhere.localhost:8000", "/", "http://localhost:8000/"),
        ("127.0.0.1:8000", "/code", "http://localhost:8000/code"),
        ("localhost:9999", "/a/é", "http://localhost:8000/a/%C3%A9"),
        ("[", "/", "http://localhost:8000/"),
    ],
)
def test_an_unknown_host_is_redirected_to_the_public_url(
    world: World, host: str, path: str, location: str
) -> None:
    browser = world.browser()
    answer = browser.http.get(path, headers={"Host": host})
    mark = "&mzt_redirected=1" if "?" in path else "?mzt_redirected=1"
    assert (answer.status_code, answer.location) == (307, location + mark)
    plain = browser.look(answer.location)
    assert (plain.status_code, plain.location) == (307, location)


def test_a_proxy_that_sends_another_host_gets_no_endless_redirect(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    upstream = {"Host": "127.0.0.1:8000"}
    address = world.browser().http.get("/code?a=b", headers=upstream).location
    again = world.browser().http.get(address.removeprefix("http://localhost:8000"), headers=upstream)
    assert again.status_code == 421
    assert again.text.count("<code>127.0.0.1:8000</code>") == 2
    assert "'127.0.0.1:8000'" in caplog.text
    sheet = world.browser().http.get("/_mzt/css/base.css", headers=upstream, buffered=True)
    assert sheet.status_code == 200


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "Via"])
def test_a_foreign_host_that_was_forwarded_is_named(world: World, header: str) -> None:
    sent = {"Host": "<up>", header: "1.1 proxy"}
    answer = world.browser().http.get("/", headers=sent)
    assert (answer.status_code, "<code>&lt;up&gt;</code>" in answer.text) == (421, True)
    own = {"Host": "localhost:8000", header: "1.1 proxy"}
    assert world.browser().http.get("/login", headers=own).status_code == 200


def test_health_answers_under_any_name(world: World) -> None:
    answer = world.browser().http.get("/healthz", headers={"Host": "10.0.0.7"})
    assert answer.json is not None
    assert answer.json["status"] == "ok"
