"""The platform with its demo people, each at a browser without JavaScript, and terminals that scan codes."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import TypeAdapter
from werkzeug.test import Client, TestResponse

from minzhengtong.base.ids import new_id
from minzhengtong.registry.terminals import terminal_by_id
from minzhengtong.run.app import create_app
from minzhengtong.runtime import Runtime
from minzhengtong.scans.outcome import Scan
from minzhengtong.scans.reading import read_code
from minzhengtong.scans.scan import scan_code
from minzhengtong.scans.session import go_on
from minzhengtong.wants.wants import Want, Wants

GATE, DESK = "fuzhou-bus-1-gate", "fuzhou-clinic-desk"
FARE = {"kind": "pay", "amount_fen": 200, "subject": "1 路公交"}
INSURED = {"kind": "certificate", "type": "medical-insurance", "claims": ["name", "insured_place"]}
SENIOR = {"kind": "predicate", "type": "senior-card"}

WANTS: TypeAdapter[list[Want]] = TypeAdapter(Wants)
_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
_DIGITS = re.compile(r"<span>(\d{6})</span>")


@dataclass
class Person:
    """Somebody at a browser."""

    client: Client
    page: str = ""

    def get(self, path: str, **headers: str) -> TestResponse:
        answer = self.client.get(path, base_url="http://localhost:8000", headers=headers, buffered=True)
        self.page = answer.text
        return answer

    def post(self, path: str, **form: str) -> TestResponse:
        """Post a form with the token of the page seen last."""
        token = _CSRF.search(self.page)
        assert token, "the page has no form"
        data = {"csrf_token": token[1], **form}
        return self.client.post(path, base_url="http://localhost:8000", data=data)

    def shown_code(self) -> str:
        """The 18 digits of a fresh code on her screen."""
        self.get("/code")
        return "".join(_DIGITS.findall(self.page))


@dataclass
class House:
    """The running simulator, as its people and terminals meet it."""

    runtime: Runtime
    app: Any

    def anybody(self) -> Person:
        return Person(Client(self.app))

    def person(self, key: str) -> Person:
        """A persona who has just logged in by one click."""
        person = self.anybody()
        person.get("/login")
        assert person.post("/login/persona", persona=key).status_code == 303
        return person

    def scan(self, text: str, *wants: dict[str, Any], at: str = GATE) -> Scan:
        """Scan at a terminal, as its app would."""
        now = self.runtime.clock.now()
        with self.runtime.db.write() as conn:
            terminal = terminal_by_id(conn, at)
            reading = read_code(self.runtime.keyring.current(conn), now, text)
            wanted = WANTS.validate_python(list(wants))
            return scan_code(conn, now, terminal, reading, wanted, idempotency_key=new_id("key", now))

    def go_on(self, found: Scan, want: dict[str, Any]) -> Scan:
        """Do one more thing within a scan."""
        now = self.runtime.clock.now()
        with self.runtime.db.write() as conn:
            terminal = terminal_by_id(conn, found.terminal_id)
            wanted = WANTS.validate_python([want])[0]
            return go_on(conn, now, found, terminal, wanted, idempotency_key=new_id("key", now))


@pytest.fixture
def house(runtime: Runtime) -> House:
    return House(runtime, create_app(runtime))


@pytest.fixture
def lin(house: House) -> Person:
    return house.person("lin")
