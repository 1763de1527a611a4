"""Apps that loop, exit and leak in real processes: those are replaced, everything else goes on."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from minzhengtong.registration.client_secret import client_secret
from minzhengtong.registry.apps import AppState, app_by_slug
from tests.engines.postgresql import PostgreSQL
from tests.faults.cluster import Cluster, cluster, kill, wait_until
from tests.faults.rogue import SLUG, write_rogue
from tests.faults.wire import TRANSIT, Answer, Gate, Lost, Phone, Wire, fare


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("rogue")
    apps = write_rogue(folder / "apps")
    with cluster("sqlite", folder, patience=1, MZT_MINIAPP_DIRS=str(apps)) as running:
        yield running


def ask_app(running: Cluster, slug: str, path: str) -> Answer:
    with Wire(running.port) as wire:
        return wire.ask("GET", path, b"", Host=f"{slug}.localhost:{running.port}")


def state_of(running: Cluster) -> tuple[AppState, str]:
    runtime = running.open_runtime()
    with runtime.db.read() as conn:
        app = app_by_slug(conn, SLUG)
    runtime.db.dispose()
    return app.state, app.state_reason


def loses_its_answer(running: Cluster, path: str) -> bool:
    try:
        ask_app(running, SLUG, path)
    except Lost:
        return True
    return False


def is_off(running: Cluster) -> bool:
    """Whether the app is off in both processes, as far as eight new connections meet them."""
    return all(ask_app(running, SLUG, "/").status == 503 for _ in range(8))


def replaced(running: Cluster, before: list[int]) -> bool:
    """Whether one of these web processes went, and another came."""
    now = running.web_processes
    return len(now) == len(before) and now != before


def test_people_pay_while_two_calls_loop(running: Cluster) -> None:
    before, answers = running.web_processes, []
    loops = [Thread(target=lambda: answers.append(ask_app(running, SLUG, "/loop"))) for _ in range(2)]
    runtime = running.open_runtime()
    with (
        Phone(running.port, "lin") as lin,
        Gate(running.port, client_secret(runtime.keyring, TRANSIT)) as gate,
    ):
        for thread in loops:
            thread.start()
        paid = 0
        while any(thread.is_alive() for thread in loops):
            said = gate.scan(fare(lin.fresh_code(), 1), f"loop-{paid}").json
            assert said["verdict"] == "pass"
            paid += 1
        assert paid > 0
    runtime.db.dispose()
    assert {answer.status for answer in answers} <= {504, 503}
    assert any(answer.status == 504 for answer in answers)
    state, reason = state_of(running)
    assert state is AppState.QUARANTINED
    assert reason.startswith("GET /loop: no answer within 1 s (app.py, line ")
    wait_until(lambda: replaced(running, before), "a fresh web process")
    assert ask_app(running, "transit", "/").status == 303
    wait_until(lambda: is_off(running), "off in every process", 1)
    assert running.run("seed").returncode == 0  # mended: the folder is read anew
    wait_until(lambda: ask_app(running, SLUG, "/").status == 200, "back again", 4)


def test_a_frozen_process_is_killed_and_its_app_is_named(running: Cluster) -> None:
    before = running.web_processes
    assert loses_its_answer(running, "/freeze")
    wait_until(lambda: replaced(running, before), "a fresh web process")
    assert "died during a call of mini-app rogue" in running.log()
    assert ask_app(running, "transit", "/").status == 303


def test_an_app_that_ends_its_process_three_times_is_quarantined(running: Cluster) -> None:
    before = running.web_processes
    wait_until(lambda: loses_its_answer(running, "/exit"), "the app is on in a process and ends it")
    wait_until(lambda: replaced(running, before), "a fresh web process")
    assert state_of(running)[0] is AppState.ACTIVE
    off = (AppState.QUARANTINED, "3 processes died during its calls in 60 s")

    def dies_until_it_is_off() -> bool:
        loses_its_answer(running, "/exit")
        return state_of(running) == off

    wait_until(dies_until_it_is_off, "it is quarantined")
    assert ask_app(running, "transit", "/").status == 303
    wait_until(lambda: len(running.web_processes) == 2, "both processes")


def test_an_app_that_leaks_is_quarantined_and_its_process_replaced(running: Cluster) -> None:
    assert running.run("seed").returncode == 0
    before = running.web_processes
    wait_until(lambda: ask_app(running, SLUG, "/leak").text == "more", "the app is on in a process and leaks")
    wait_until(lambda: replaced(running, before), "a fresh web process")
    state, reason = state_of(running)
    assert state is AppState.QUARANTINED
    assert reason.startswith("a process grew to ")
    assert ask_app(running, "transit", "/").status == 303


def test_one_whose_thread_stays_busy_is_quarantined_and_its_process_replaced(running: Cluster) -> None:
    assert running.run("seed").returncode == 0
    before = running.web_processes
    wait_until(lambda: ask_app(running, SLUG, "/spin").text == "fine", "the app is on in a process")
    wait_until(lambda: replaced(running, before), "a fresh web process")
    state, reason = state_of(running)
    assert state is AppState.QUARANTINED
    assert reason.startswith("a thread that it started was busy for 2 s (app.py, line ")
    assert ask_app(running, "transit", "/").status == 303


def test_a_child_that_an_app_forks_does_not_keep_the_port(tmp_path: Path) -> None:
    apps = write_rogue(tmp_path / "apps")
    with cluster("sqlite", tmp_path, MZT_MINIAPP_DIRS=str(apps)) as running:
        child = int(ask_app(running, SLUG, "/fork").text)
        try:
            running.stop()
            running.start()
            assert ask_app(running, "transit", "/").status == 303
        finally:
            kill(child)


def dies_during_a_call(running: Cluster, stop_first: PostgreSQL | None = None) -> None:
    """Have one web process killed while a page of the app keeps it waiting."""
    before = running.web_processes
    call = Thread(target=loses_its_answer, args=(running, "/never"))
    call.start()
    wait_until(lambda: calling(running), "the page is being made")
    if stop_first:
        stop_first.stop()
    kill(calling(running)[0])
    call.join()
    wait_until(lambda: replaced(running, before), "a fresh web process")


def calling(running: Cluster) -> list[int]:
    """The web processes that are in a call of an app."""
    notes = [running.var_dir / "apps" / f"{pid}.calls" for pid in running.web_processes]
    return [int(note.stem) for note in notes if note.exists() and any(note.read_bytes())]


def test_the_server_goes_on_if_a_quarantine_cannot_be_written(tmp_path: Path) -> None:
    server, apps = PostgreSQL(), write_rogue(tmp_path / "apps")
    server.start()
    try:
        with cluster("sqlite", tmp_path, MZT_DATABASE_URL=server.url, MZT_MINIAPP_DIRS=str(apps)) as running:
            dies_during_a_call(running)
            dies_during_a_call(running)
            dies_during_a_call(running, stop_first=server)
            server.start()
            wait_until(lambda: ask_app(running, "transit", "/").status == 303, "answers again")
            assert state_of(running)[0] is AppState.ACTIVE
            dies_during_a_call(running)
            assert state_of(running) == (AppState.QUARANTINED, "3 processes died during its calls in 60 s")
    finally:
        server.stop()
