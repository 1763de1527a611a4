"""Run as a program by whatever installation stands first on the path: fetches pages, prints what they are.

`python pages.py VAR_DIR` prints JSON: where the package lies, and for each page status, type and digest.
"""

import json
import re
import sys
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from werkzeug.test import Client, TestResponse

import minzhengtong
from minzhengtong.base.clock import FrozenClock
from minzhengtong.base.settings import Settings
from minzhengtong.run.app import create_app
from minzhengtong.runtime import Runtime

PLATFORM, TRANSIT = "http://localhost:8000", "http://transit.localhost:8000"
PUBLIC = ("/healthz", "/login", "/api/openapi.json", "/.well-known/openid-configuration", "/oauth/jwks")
STATIC = (
    *("/static/css/tokens.css", "/static/css/citizen.css", "/static/css/bench.css", "/static/js/code.js"),
    *("/static/js/bench.js", "/static/img/icons.svg", "/static/img/favicon.svg"),
)
CITIZEN = ("/", "/services", "/wallet", "/activity", "/me", "/code", "/nowhere", "/me/consents")
APP = ("/", "/_mzt/css/tokens.css")
RANDOM = re.compile(
    r'name="csrf_token" value="[^"]*"|<svg[^>]*role="img".*?</svg>|(?:state|nonce|code_challenge)=[\w-]+|'
    r"\b\d{6}\b",
    re.S,
)
"""Tokens of forms, the code's picture and digits, a login's state: new each time."""


def main(var_dir: str) -> None:
    settings = Settings.from_env({"MZT_VAR_DIR": var_dir})
    runtime = Runtime.open(settings, FrozenClock(datetime(2026, 11, 20, 4, tzinfo=UTC)))
    client, pages = Client(create_app(runtime)), {}
    for language in ("zh-CN", "en"):
        for path in (*PUBLIC, *STATIC):
            pages[f"{language} {path}"] = _facts(_get(client, PLATFORM, path, language))
    form = dict(re.findall(r'name="(csrf_token)" value="([^"]*)"', _get(client, PLATFORM, "/login").text))
    client.post("/login/persona", data=form | {"persona": "lin"}, base_url=PLATFORM)
    for language in ("zh-CN", "en"):
        for origin, paths in ((PLATFORM, CITIZEN), (TRANSIT, APP)):
            for path in paths:
                pages[f"{language} {origin}{path}"] = _facts(_get(client, origin, path, language))
    print(json.dumps({"package": str(Path(minzhengtong.__file__).parent), "pages": pages}))  # noqa: T201


def _get(client: Client, origin: str, path: str, language: str = "zh-CN") -> TestResponse:
    return client.get(path, base_url=origin, headers={"Accept-Language": language, "Accept": "text/html"})


def _facts(response: TestResponse) -> list[object]:
    body = (
        RANDOM.sub("", response.text)
        if response.is_json or response.mimetype == "text/html"
        else response.text
    )
    location = RANDOM.sub("", response.headers.get("Location", ""))
    return [response.status_code, response.mimetype, location, len(body), sha256(body.encode()).hexdigest()]


main(sys.argv[1])
