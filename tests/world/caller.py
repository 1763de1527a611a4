"""A program that calls the API with a token."""

import json
from dataclasses import dataclass
from itertools import count
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.world.facts import GATE, PLATFORM

_keys = count(1)


def fresh_key() -> dict[str, str]:
    """A header with an idempotency key that was not used before."""
    return {"Idempotency-Key": f"test-{next(_keys)}"}


@dataclass
class Caller:
    """Calls without cookies; only `post` and `scan` send an idempotency key by themselves."""

    platform: Flask
    token: str

    def call(self, method: str, path: str, **settings: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}", **settings.pop("headers", {})}
        client = self.platform.test_client(use_cookies=False)
        return client.open(path, method=method, base_url=PLATFORM, headers=headers, **settings)

    def get(self, path: str) -> TestResponse:
        return self.call("GET", path)

    def post(self, path: str, body: Any, *, key: str | None = None) -> TestResponse:
        headers = {"Idempotency-Key": key} if key else fresh_key()
        data = body if isinstance(body, bytes) else json.dumps(body)
        return self.call("POST", path, data=data, headers={**headers, "Content-Type": "application/json"})

    def scan(self, code: str, *wants: dict[str, Any], at: str = GATE, key: str | None = None) -> TestResponse:
        body = {"code": code, "terminal_id": at, "wants": list(wants)}
        return self.post("/api/v1/scans", body, key=key)
