"""Sessions over two processes: an end is an end everywhere at once, nothing is fixed beforehand or logged."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from sqlalchemy import text

from minzhengtong.core.runtime import Runtime
from minzhengtong.hosting.record import client_secret
from minzhengtong.places.personas import load_personas
from minzhengtong.registry.apps import AppState, set_state
from tests.faults.cluster import cluster
from tests.faults.racing import Pair, pair
from tests.faults.wire import FORM, TRANSIT, Answer, Gate, Phone, Wire, authorize_url, basic, fare
from tests.rules.conftest import house_of
from tests.web.oidc.party import VERIFIER

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


def tokens_of(phone: Phone, secret: str) -> tuple[str, dict[str, str]]:
    """Log her in at the bus company's app: the authorization code and what it was redeemed for."""
    answer = phone.get(authorize_url(phone.port))
    if "/oauth/consent/" in (sheet := answer.headers["Location"]):
        phone.get(sheet)
        answer = phone.post(sheet, answer="yes")
    code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
    redirect_uri = f"http://transit.localhost:{phone.port}/oidc/callback"
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    body = urlencode(form | {"code_verifier": VERIFIER}).encode()
    with Wire(phone.port) as app:
        redeemed = app.ask("POST", "/oauth/token", body, Authorization=basic(secret), Content_Type=FORM)
    return code, redeemed.json


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
        with two.runtime.db.transaction() as conn:
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


def test_a_session_fixed_before_the_login_is_nobodys_after_it(two: Pair) -> None:
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


def test_a_whole_journey_leaves_no_secret_in_the_log(tmp_path: Path) -> None:
    lin = next(person for person in load_personas().people if person.key == "lin")
    password = load_personas().password
    with cluster("sqlite", tmp_path) as running:
        runtime = running.open_runtime()
        secret = client_secret(runtime.keyring, TRANSIT)
        with (
            Phone(running.port) as phone,
            Gate(running.port, secret) as gate,
            Phone(running.port, "qiu") as qiu,
        ):
            phone.get("/login")
            assert phone.post("/login", phone=lin.phone or "", password="wrong-" + password).status == 422
            assert phone.post("/login", phone=lin.phone or "", password=password).status == 303
            phone.get("/code")
            code, got = tokens_of(phone, secret)
            digits = phone.fresh_code()
            assert gate.scan(fare(digits, 1), "journey").status == 201
            assert gate.post("/api/v1/scans", json.dumps({"code": digits}).encode()).status == 422
            qiu.get("/bench")
            assert qiu.post("/bench", terminal_id="fuzhou-bus-1-gate", code=phone.fresh_code()).status == 200
            phone.ask("GET", f"/nothing?token={got['access_token']}", b"", Cookie=phone.cookie)
            phone.ask("GET", "/oauth/userinfo", b"", Authorization=f"Bearer {got['access_token']}x")
            phone.get("/me")
            assert phone.post("/logout").status == 303
            cookies = [person.cookie.partition("=")[2] for person in (phone, qiu)]
            secrets = [password, digits, code, secret, gate.token, *cookies, phone.csrf, qiu.csrf]
            secrets += [got["access_token"], got["id_token"], lin.id_number, lin.phone or "", lin.name + "的"]
        runtime.db.dispose()
        log = running.log()
    assert log
    assert [secret for secret in secrets if secret in log] == []


def test_an_error_of_the_database_is_logged_without_its_values(
    runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    house = house_of(runtime)
    browser = house.browser()
    browser.get("http://localhost:8000/login")

    with runtime.db.transaction() as conn:
        conn.execute(text("ALTER TABLE person RENAME TO nobody"))
    answer = browser.submit("/login", phone="10000000001", password="a wrong password")
    assert answer.status_code in (500, 503)
    assert "person" in caplog.text
    for value in ("10000000001", "a wrong password"):
        assert value not in caplog.text
