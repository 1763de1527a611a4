"""The bench of a seeded simulator, with its testers, its tokens and a phone that shows codes."""

import re
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from minzhengtong.bench.client import CLIENT_ID, SCOPE
from minzhengtong.codes.cose import CodeScope
from minzhengtong.codes.issue import issue_code
from minzhengtong.hosting.apps import HostedApps
from minzhengtong.oidc.tokens import issue_token
from minzhengtong.runtime import Runtime
from minzhengtong.web.kit.current import HOSTED
from minzhengtong.web.platform import create_platform

BASE = "http://localhost:8000"
GATE = "fuzhou-bus-1-gate"

_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
_keys = count(1)


@dataclass
class Visitor:
    """Somebody at a browser, logged in or not."""

    client: Client
    csrf: str = ""

    def get(self, path: str, **headers: str) -> TestResponse:
        answer = self.client.get(path, base_url=BASE, headers=headers)
        if found := _CSRF.search(answer.text):
            self.csrf = found[1]
        return answer

    def post(self, path: str, data: Any = None, **settings: Any) -> TestResponse:
        """Post a form with the token of the page seen last."""
        form = {"csrf_token": self.csrf, **(data or {})}
        return self.client.post(path, base_url=BASE, data=form, **settings)


@dataclass
class House:
    """The platform and its doors."""

    runtime: Runtime
    platform: Flask

    def visitor(self, persona: str = "") -> Visitor:
        """Anybody, or a persona who has just logged in."""
        visitor = Visitor(Client(self.platform))
        visitor.get("/login")
        if persona:
            assert visitor.post("/login/persona", {"persona": persona}).status_code == 303
            visitor.get("/me")
        return visitor

    def code(self) -> str:
        """Lin's next code."""
        now, scope = self.runtime.clock.now(), CodeScope.PAY | CodeScope.CERTIFICATES
        with self.runtime.db.write() as conn:
            return issue_code(conn, now, self.runtime.keyring.current(conn), "per_lin", "350100", scope).text

    def token(self, scope: str = SCOPE) -> str:
        with self.runtime.db.write() as conn:
            return issue_token(conn, self.runtime.clock.now(), CLIENT_ID, scope)

    def call(self, method: str, path: str, token: str, **settings: Any) -> TestResponse:
        """Call the bench's API with a token and a fresh key."""
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"test-{next(_keys)}"}
        headers |= settings.pop("headers", {})
        client = self.platform.test_client(use_cookies=False)
        return client.open(f"/api/v1/bench/{path}", method=method, base_url=BASE, headers=headers, **settings)


@pytest.fixture
def house(runtime: Runtime) -> House:
    platform = create_platform(runtime)
    platform.extensions[HOSTED] = HostedApps(runtime, platform)
    return House(runtime, platform)


@pytest.fixture
def qiu(house: House) -> Visitor:
    visitor = house.visitor("qiu")
    assert visitor.get("/bench").status_code == 200
    return visitor
