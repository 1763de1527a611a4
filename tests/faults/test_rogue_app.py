"""An app that hangs, fails or answers garbage, in this process: what visitors and testers see."""

import time
from pathlib import Path
from threading import Thread

import pytest

from minzhengtong.base.deadline import TooSlow, within
from minzhengtong.bench.desk import Desk, Offer
from minzhengtong.codes.cose import CodeScope
from minzhengtong.codes.issue import issue_code
from minzhengtong.hosting import apps
from minzhengtong.hosting.apps import HostedApps
from minzhengtong.hosting.limits import slots, watch
from minzhengtong.registry.apps import AppState, app_by_slug
from minzhengtong.run.app import create_watched
from minzhengtong.runtime import Runtime
from minzhengtong.web.platform import create_platform
from tests.faults.cluster import wait_until
from tests.faults.rogue import ADDRESS, SLUG, write_rogue
from tests.faults.test_dependencies import refuse_writes
from tests.world.facts import PLATFORM, TRANSIT
from tests.world.world import World

NEVER_SECONDS = 2.0
"""Long enough to count as never when an answer may take 0.3 s; the left thread ends by itself."""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apps, "ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(slots, "WAIT_SECONDS", 0.2)


@pytest.fixture
def world(runtime: Runtime, tmp_path: Path) -> World:
    return World.open(runtime, write_rogue(tmp_path / "apps", never_seconds=NEVER_SECONDS))


def state_of(world: World) -> tuple[AppState, str]:
    with world.runtime.db.read() as conn:
        app = app_by_slug(conn, SLUG)
    return app.state, app.state_reason


def test_an_app_that_never_answers_is_quarantined(world: World) -> None:
    lin = world.person("lin")
    assert lin.look(ADDRESS + "/").text == "fine"
    late = lin.look(ADDRESS + "/never")
    assert (late.status_code, "这个服务没有及时回答" in late.text) == (504, True)
    state, reason = state_of(world)
    assert state is AppState.QUARANTINED
    assert reason.startswith("GET /never: no answer within 0.3 s (app.py, line ")
    assert lin.look(ADDRESS + "/").status_code == 503
    assert lin.look(TRANSIT + "/").status_code == 303
    assert lin.get(PLATFORM + "/services").status_code == 200
    assert "no answer within 0.3 s" in lin.page


@pytest.mark.parametrize(("path", "status"), [("/never", 504), ("/leak", 200)])
def test_the_process_is_replaced_even_if_the_quarantine_cannot_be_written(
    runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, status: int
) -> None:
    folder = write_rogue(tmp_path / "apps", never_seconds=NEVER_SECONDS, leak_mb=10)
    world, ended = World.open(runtime, folder), list[str]()
    world.app, _ = create_watched(world.runtime, end_process=lambda: ended.append(path))
    monkeypatch.setattr(watch, "MEMORY_MB", 16)  # we are larger already, and the app grows by half of it
    refuse_writes(runtime.db)
    answer = world.browser().look(ADDRESS + path)
    assert (answer.status_code, "这个服务没有及时回答" in answer.text) == (status, status == 504)
    assert ended == [path]
    assert state_of(world)[0] is AppState.ACTIVE


def test_the_parent_goes_on_if_it_cannot_read_the_calls_of_a_dead_child(tmp_path: Path) -> None:
    (tmp_path / "7.calls").mkdir()
    watch.Watch(tmp_path, ["rogue"], lambda *_: None, None).process_died(7)


def test_an_app_gets_half_of_the_threads_at_most(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apps, "ANSWER_SECONDS", 1.0)
    world.browser().look(ADDRESS + "/")
    hangs = [Thread(target=world.browser().look, args=(ADDRESS + "/never",)) for _ in range(2)]
    for thread in hangs:
        thread.start()
    wait_until(lambda: world.browser().look(ADDRESS + "/").status_code != 200, "both slots held", 0.9)
    busy = world.browser().look(ADDRESS + "/")
    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "2")
    assert "这个服务现在很忙" in busy.text
    assert world.browser().look(TRANSIT + "/").status_code == 303
    for thread in hangs:
        thread.join()


@pytest.mark.parametrize("path", ["/status", "/header", "/line", "/stream"])
def test_an_invalid_answer_is_replaced_by_our_page(world: World, path: str) -> None:
    answer = world.browser().look(ADDRESS + path)
    assert (answer.status_code, "出错了" in answer.text) == (500, True)
    assert "Set-Cookie" not in answer.headers
    assert world.browser().look(ADDRESS + "/nothing").status_code == 500
    assert state_of(world)[0] is AppState.ACTIVE
    assert world.browser().look(ADDRESS + "/").text == "fine"


@pytest.mark.parametrize("handler", ["loops", "exits", "answers garbage", "fails", "waits"])
def test_the_bench_says_that_the_terminals_app_failed(runtime: Runtime, tmp_path: Path, handler: str) -> None:
    world = World.open(runtime, write_rogue(tmp_path / "apps", handler, never_seconds=NEVER_SECONDS))
    platform = create_platform(world.runtime)
    desk = Desk(world.runtime, HostedApps(world.runtime, platform), "test")
    now = world.runtime.clock.now()
    with world.runtime.db.write() as conn:
        keys = world.runtime.keyring.current(conn)
        code = issue_code(conn, now, keys, "per_lin", "350100", CodeScope(3)).text
    said = desk.scan_once(Offer("rogue-gate", code), "a key")
    assert (said.verdict, said.reason) == ("refused", "app_failed")
    assert said.expected == "an answer from the app's handler"
    assert "secret" not in said.received
    assert desk.scan_once(Offer("rogue-gate", code), "a key") == said


def test_within_passes_on_results_and_errors() -> None:
    assert within(1, lambda: 5) == 5
    with pytest.raises(SystemExit):
        within(1, lambda: exec("raise SystemExit(3)"))
    with pytest.raises(TimeoutError, match="mine"):
        within(1, lambda: exec("raise TimeoutError('mine')"))
    with pytest.raises(TooSlow) as late:
        within(0.05, lambda: time.sleep(0.5))
    assert late.value.stack[-1].filename == __file__
