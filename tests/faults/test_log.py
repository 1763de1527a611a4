"""No secret in the log: neither of a whole journey nor of an error."""

import re
from collections import defaultdict
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from itsdangerous import URLSafeSerializer
from sqlalchemy import text

from minzhengtong.codes.cose import CodeScope
from minzhengtong.codes.issue import issue_code
from minzhengtong.demo.personas import load_personas
from minzhengtong.registration.client_secret import client_secret
from minzhengtong.runtime import Runtime
from tests.faults.cluster import cluster
from tests.faults.rogue import SLUG, write_rogue
from tests.faults.wire import (
    FORM,
    GATE,
    TRANSIT,
    Answer,
    Gate,
    Phone,
    Wire,
    authorize_url,
    basic,
    fare,
    tokens_of,
)
from tests.world.world import World

Secrets = defaultdict[str, set[str]]
PATTERNS = {
    "cookie": r"^(?:mzt_\d+(?:_\w+)?|\d+_session|\d+_login)=([^;]+)",
    "form token": r'name="csrf_token" value="([^"]+)"',
    "waiting request": r"(?:[?&]interaction=|/oauth/consent/)([\w-]+)",
    "authorization code": r"[?&]code=([\w-]+)",
    "state": r"[?&]state=([\w-]+)",
    "token": r'"(?:access|id)_token": ?"([^"]+)"',
    "digits": r"<span>(\d{6})</span> <span>(\d{6})</span> <span>(\d{6})</span>",
}
"""How each kind of secret is spelled in an answer."""
BROKEN_GATE = "rogue-gate"
PASSWORD = load_personas().password
LIN = next(person for person in load_personas().people if person.key == "lin")


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Secrets:
    """Every secret that is sent to anybody while the test runs, by kind."""
    secrets, ask = Secrets(set), Wire.ask

    def listen(*request: Any, **headers: Any) -> Answer:
        answer = ask(*request, **headers)
        for kind, pattern in PATTERNS.items():
            for part in (*answer.headers.values(), answer.body.decode("utf-8", "replace")):
                found = re.findall(pattern, part)
                secrets[kind] |= {one if isinstance(one, str) else "".join(one) for one in found}
        return answer

    monkeypatch.setattr(Wire, "ask", listen)
    return secrets


def test_a_whole_journey_logs_no_secret(tmp_path: Path, heard: Secrets) -> None:
    apps = write_rogue(tmp_path / "apps", "fails")
    with cluster("sqlite", tmp_path, MZT_MINIAPP_DIRS=str(apps)) as running:
        runtime = running.open_runtime()
        secret, shown = client_secret(runtime.keyring, TRANSIT), text_of_a_code(runtime)
        runtime.db.dispose()
        with Phone(running.port) as phone, Gate(running.port, secret) as gate:
            enter(phone)
            code, got = tokens_of(phone, secret)
            visit_app(phone)
            use_codes(phone, gate, shown)
            misuse(phone, secret, code, got["access_token"])
            phone.get("/me")
            assert phone.post("/logout").status == 303
            enter(phone)  # and stays
    heard["session"] = {part for cookie in heard["cookie"] for part in inside(cookie)}
    assert all(heard[kind] for kind in (*PATTERNS, "session")), heard
    heard["given"] = {PASSWORD, secret, basic(secret)[6:], shown[4:-1], LIN.id_number, LIN.phone or ""}
    heard["start of any"] = {"MZ1:", "eyJ"}  # code; JSON Web Token: ID token, logout token, event to an app
    log = running.log()
    assert "error on POST /.mzt/events" in log  # what fails while it holds a secret is logged with its trace
    assert "Exception on /nothing" in log
    assert [(kind, one) for kind, all_of_it in heard.items() for one in all_of_it if one in log] == []


def text_of_a_code(runtime: Runtime) -> str:
    """What the picture on her phone says."""
    with runtime.db.write() as conn:
        keys, scope = runtime.keyring.current(conn), CodeScope.PAY | CodeScope.CERTIFICATES
        return issue_code(conn, runtime.clock.now(), keys, "per_lin", "350100", scope).text


def enter(phone: Phone) -> None:
    """Lin logs in on an app's request, with a wrong password first."""
    login = phone.get(authorize_url(phone.port)).headers["Location"]
    phone.get(login)
    form = {"phone": LIN.phone or "", "interaction": login.partition("interaction=")[2]}
    assert phone.post("/login", password="wrong-" + PASSWORD, **form).status == 422
    assert phone.post("/login", password=PASSWORD, **form).status == 303


def visit_app(phone: Phone) -> None:
    """She opens the hosted app, which logs her in by its callback; the callback then comes again."""
    host = f"transit.localhost:{phone.port}"
    with Wire(phone.port) as app:
        begun = app.ask("GET", "/", Host=host)
        callback = to(phone.get(to(begun)))
        entered = app.ask("GET", callback, Host=host, Cookie=cookie_of(begun))
        assert app.ask("GET", "/", Host=host, Cookie=cookie_of(entered)).status == 200
        assert app.ask("GET", callback, Host=host, Cookie=cookie_of(begun)).status >= 400


def use_codes(phone: Phone, gate: Gate, shown: str) -> None:
    """Codes and digits at the gate's API and at the bench: good, spent, forged, and in a bad body."""
    digits, bent = phone.fresh_code(), shown[:-1] + ("0" if shown[-1] != "0" else "1")
    for number, code in enumerate((bent, shown, shown, digits)):
        assert gate.scan(fare(code, 1), f"journey-{number}").status == 201
        assert gate.post("/api/v1/scans", f'{{"code": "{code}"}}'.encode()).status == 422
    with Phone(gate.port, "qiu") as qiu:
        qiu.get("/bench")
        for terminal, code in ((GATE, bent), (GATE, shown), (GATE, phone.fresh_code())):
            assert qiu.post("/bench", terminal_id=terminal, code=code).status == 200
        assert qiu.post("/bench", terminal_id=BROKEN_GATE, code=phone.fresh_code()).status == 200


def misuse(phone: Phone, secret: str, code: str, token: str) -> None:
    """Secrets where they do not belong: in addresses, spent, cut short, with another secret."""
    form = urlencode({"grant_type": "authorization_code", "code": code}).encode()
    for path, authorization, status in (
        (f"/nothing?token={token}&code={code}", f"Bearer {token}", 404),
        ("/oauth/userinfo", f"Bearer {token}x", 401),
        ("/oauth/token", basic(secret), 400),
        ("/oauth/token", basic(secret + "x"), 401),
    ):
        method, body = ("POST", form) if path == "/oauth/token" else ("GET", b"")
        headers = {"Authorization": authorization, "Content_Type": FORM, "Cookie": phone.cookie}
        assert phone.ask(method, path, body, **headers).status == status, path
    broken = phone.ask("GET", f"/nothing?token={token}&code={code}", Host=f"{SLUG}.localhost:{phone.port}")
    assert broken.status == 500


def to(answer: Answer) -> str:
    """Where a redirect leads, without its origin."""
    return urlsplit(answer.headers["Location"])._replace(scheme="", netloc="").geturl()


def cookie_of(answer: Answer) -> str:
    return str(answer.headers["Set-Cookie"]).partition(";")[0]


def inside(cookie: str) -> set[str]:
    """The session's id and whatever else the platform's cookie spells; an app's cookie is an id itself."""
    payload = cookie.rpartition(".")[0].rpartition(".")[0]
    words = URLSafeSerializer("").load_payload(payload.encode()).values() if payload else ()
    return {word for word in words if isinstance(word, str) and len(word) > len("zh-Hans")}


def test_an_error_of_the_database_is_logged_without_its_values(
    runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    house = World.of(runtime)
    browser = house.browser()
    browser.get("http://localhost:8000/login")

    with runtime.db.write() as conn:
        conn.execute(text("ALTER TABLE person RENAME TO nobody"))
    answer = browser.submit("/login", phone="10000000001", password="a wrong password")
    assert answer.status_code in (500, 503)
    assert "person" in caplog.text
    for value in ("10000000001", "a wrong password"):
        assert value not in caplog.text
