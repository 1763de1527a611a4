"""The API of a seeded simulator, as terminals call it, and people who show codes."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from minzhengtong.codes.cose import CodeScope
from minzhengtong.codes.issue import ShownCode, issue_code
from minzhengtong.oidc.tokens import issue_token
from minzhengtong.runtime import Runtime
from minzhengtong.web.platform import create_platform

BASE = "http://localhost:8000"
GATE, DESK = "fuzhou-bus-1-gate", "fuzhou-clinic-desk"
SCOPES = {
    "transit": "code.verify:transit cert.verify:senior-card pay.collect",
    "clinic": "code.verify:clinic cert.verify:medical-insurance pay.collect",
}
FARE = {"kind": "pay", "amount_fen": 200, "subject": "1 路公交"}
INSURED = {"kind": "certificate", "type": "medical-insurance", "claims": ["name", "insured_place"]}
SENIOR = {"kind": "predicate", "type": "senior-card"}

_keys = count(1)


@dataclass
class House:
    """The platform, its time and its database."""

    runtime: Runtime
    platform: Flask

    def show(self, person: str = "lin") -> ShownCode:
        """A code on a person's screen."""
        scope = CodeScope.PAY | CodeScope.CERTIFICATES
        with self.runtime.db.write() as conn:
            keys = self.runtime.keyring.current(conn)
            return issue_code(conn, self.runtime.clock.now(), keys, f"per_{person}", "350100", scope)

    def ask(self, question: Callable[..., Any], *args: Any) -> Any:
        with self.runtime.db.read() as conn:
            return question(conn, *args)

    def terminal(self, app: str = "transit", scopes: str | None = None) -> "Caller":
        """A caller with a mini-app's own token."""
        scope = SCOPES[app] if scopes is None else scopes
        with self.runtime.db.write() as conn:
            raw = issue_token(conn, self.runtime.clock.now(), f"example.fuzhou.{app}", scope)
        return Caller(self.platform, raw)


@dataclass
class Caller:
    """Somebody with a token."""

    platform: Flask
    token: str

    def call(self, method: str, path: str, **settings: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}", **settings.pop("headers", {})}
        client = self.platform.test_client(use_cookies=False)
        return client.open(path, method=method, base_url=BASE, headers=headers, **settings)

    def get(self, path: str) -> TestResponse:
        return self.call("GET", path)

    def post(self, path: str, body: Any, *, key: str | None = None) -> TestResponse:
        headers = {"Idempotency-Key": key or f"test-{next(_keys)}", "Content-Type": "application/json"}
        data = body if isinstance(body, bytes) else json.dumps(body)
        return self.call("POST", path, data=data, headers=headers)

    def scan(self, code: str, *wants: dict[str, Any], at: str = GATE, key: str | None = None) -> TestResponse:
        body = {"code": code, "terminal_id": at, "wants": list(wants)}
        return self.post("/api/v1/scans", body, key=key)


@pytest.fixture
def house(runtime: Runtime) -> House:
    return House(runtime, create_platform(runtime))


@pytest.fixture
def gate(house: House) -> Caller:
    return house.terminal("transit")


@pytest.fixture
def desk(house: House) -> Caller:
    return house.terminal("clinic")
