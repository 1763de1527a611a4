"""Sessions over two processes: an end is an end everywhere at once, and nothing is fixed beforehand."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from minzhengtong.registration.client_secret import client_secret
from minzhengtong.registry.apps import AppState, set_state
from tests.faults.racing import Pair, pair
from tests.faults.wire import TRANSIT, Answer, Phone, Wire, tokens_of

SEEN_WITHIN_SECONDS = 1.0


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with pair("sqlite", tmp_path_factory.mktemp("pair")) as running:
        yield running


def seconds_until(true: Callable[[], bool]) -> float:
    began = time.monotonic()
    while not true() and time.monotonic() - began < 10:
        time.sleep(0.01)
    return time.monotonic() - began


def userinfo(port: int, token: str) -> Answer:
    with Wire(port) as app:
        return app.ask("GET", "/oauth/userinfo", b"", Authorization=f"Bearer {token}")


def test_an_ended_session_is_over_in_the_other_process(two: Pair) -> None:
    here, there = (server.port for server in two.servers)
    secret = client_secret(two.runtime.keyring, TRANSIT)
    with Phone(here, "lin") as lin, lin.beside(there) as other:
        _, got = tokens_of(lin, secret)
        assert other.get("/me").status == 200
        assert userinfo(there, got["access_token"]).status == 200
        lin.get("/me")
        assert lin.post("/logout").status == 303
        late = seconds_until(
            lambda: other.get("/me").status == 302 and userinfo(there, got["access_token"]).status == 401
        )
    assert late < SEEN_WITHIN_SECONDS


def test_a_consent_taken_back_ends_its_token_in_the_other_process(two: Pair) -> None:
    here, there = (server.port for server in two.servers)
    with Phone(here, "chen") as chen:
        _, got = tokens_of(chen, client_secret(two.runtime.keyring, TRANSIT))
        chen.get("/me/consents")
        assert chen.post(f"/me/consents/{TRANSIT}/revoke").status == 303
        late = seconds_until(lambda: userinfo(there, got["access_token"]).status == 401)
    assert late < SEEN_WITHIN_SECONDS


@contextmanager
def suspended(two: Pair) -> Iterator[None]:
    def put(state: AppState) -> None:
        with two.runtime.db.write() as conn:
            set_state(conn, two.runtime.clock.now(), TRANSIT, state, "检查")

    put(AppState.SUSPENDED)
    yield
    put(AppState.ACTIVE)


def test_a_suspended_app_loses_its_token_in_every_process(two: Pair) -> None:
    with suspended(two):
        late = seconds_until(
            lambda: all(gate.post("/api/v1/scans", b"{}").status == 401 for gate in two.gates)
        )
    assert late < SEEN_WITHIN_SECONDS
    assert two.gates[0].post("/api/v1/scans", b"{}").status == 422


def test_a_suspended_apps_pages_are_off_in_every_process(two: Pair) -> None:
    def pages() -> list[int]:
        return [page_of(server.port).status for server in two.servers]

    assert pages() == [303, 303]  # both processes have read that it is on just now
    with suspended(two):
        late = seconds_until(lambda: pages() == [503, 503])
    assert late < SEEN_WITHIN_SECONDS


def page_of(port: int) -> Answer:
    with Wire(port) as browser:
        return browser.ask("GET", "/", b"", Host=f"transit.localhost:{port}")


def test_a_session_cookie_of_before_the_login_is_not_logged_in_after_it(two: Pair) -> None:
    port = two.servers[0].port
    with Phone(port) as attacker:
        attacker.get("/login")
        planted = attacker.cookie
        with Phone(port, cookie=planted, csrf=attacker.csrf) as victim:
            assert victim.post("/login/persona", persona="lin").status == 303
            assert victim.get("/me").status == 200
            assert victim.cookie != planted
            assert attacker.get("/me").status == 302
            before = victim.cookie
            victim.get("/me")
            assert victim.post("/logout").status == 303
        with Phone(port, cookie=before) as thief:
            assert thief.get("/me").status == 302
