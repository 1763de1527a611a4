"""The whole simulator in one process, with a browser that keeps cookies for every origin."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from werkzeug.test import Client, TestResponse

from minzhengtong.base.paths import MINIAPPS
from minzhengtong.hosting.register import register_hosted_apps
from minzhengtong.run.app import create_app
from minzhengtong.runtime import Runtime

PLATFORM, TRANSIT, CLINIC = (
    f"http://{host}:8000" for host in ("localhost", "transit.localhost", "clinic.localhost")
)

_HIDDEN = re.compile(r'type="hidden" name="(\w+)" value="([^"]*)"')


@dataclass
class Browser:
    """One person's browser, without JavaScript. `at` is the address of the page seen last."""

    http: Client
    at: str = PLATFORM + "/"
    page: str = ""

    def get(self, url: str, **headers: str) -> TestResponse:
        """Open an address and follow every redirect."""
        return self._follow(self._send("GET", url, headers=headers))

    def look(self, url: str, **headers: str) -> TestResponse:
        """Open an address and follow nothing."""
        return self._send("GET", url, headers=headers)

    def submit(self, path: str, **fields: str) -> TestResponse:
        """Post a form of the page seen last, with its hidden fields, and follow every redirect."""
        data = dict(_HIDDEN.findall(self.page)) | fields
        return self._follow(self.post(urljoin(self.at, path), data))

    def post(self, url: str, data: Mapping[str, str] | str | bytes, **headers: str) -> TestResponse:
        """Post as a page of that very origin would."""
        parts = urlsplit(url)
        return self._send(
            "POST", url, data=data, headers={"Origin": f"{parts.scheme}://{parts.netloc}"} | headers
        )

    def log_in(self, persona: str) -> None:
        self.get(PLATFORM + "/login")
        assert self.submit("/login/persona", persona=persona).status_code == 200

    def open_app(self, url: str) -> TestResponse:
        """Open a page of an app, agreeing to what it asks for if that is asked."""
        answer = self.get(url)
        return self.submit(self.at, answer="yes") if "/oauth/consent/" in self.at else answer

    def _follow(self, answer: TestResponse) -> TestResponse:
        while answer.status_code in (302, 303, 307):
            answer = self._send("GET", urljoin(self.at, answer.location))
        self.page = answer.text
        return answer

    def _send(self, method: str, url: str, **settings: Any) -> TestResponse:
        self.at = url
        parts = urlsplit(url)
        base_url, path = f"{parts.scheme}://{parts.netloc}", parts.path or "/"
        return self.http.open(
            path, method=method, base_url=base_url, query_string=parts.query, buffered=True, **settings
        )


@dataclass
class World:
    """A simulator and its doors."""

    runtime: Runtime
    app: Any

    @classmethod
    def open(cls, runtime: Runtime, *more: Path) -> "World":
        """Record what the folders hold and serve it."""
        runtime = replace(runtime, settings=runtime.settings.model_copy(update={"miniapp_dirs": more}))
        register_hosted_apps(runtime)
        return cls(runtime, create_app(runtime))

    def browser(self) -> Browser:
        return Browser(Client(self.app))

    def person(self, key: str) -> Browser:
        """A persona who has just logged in at the platform."""
        browser = self.browser()
        browser.log_in(key)
        return browser


def write_app(folder: Path, slug: str, code: str, **changes: Any) -> Path:
    """Write a mini-app, like the transit one in all but its code and what `changes` says of its manifest."""
    home = folder / slug
    home.mkdir(parents=True)
    manifest = json.loads((MINIAPPS / "transit" / "manifest.json").read_text("utf-8"))
    manifest |= {"app_id": f"example.tests.{slug}"} | changes
    for terminal in manifest["mzt"]["terminals"]:
        terminal["id"] = f"{slug.lower().replace('_', '-')}-gate"
    (home / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    (home / "icon.svg").write_bytes((MINIAPPS / "transit" / "icon.svg").read_bytes())
    (home / "app.py").write_text(code, "utf-8")
    return folder
