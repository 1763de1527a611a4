"""The simulator itself: the platform and the mini-apps behind one WSGI application."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.test import Client

from minzhengtong.base.ids import new_id
from minzhengtong.codes.cose import CodeScope
from minzhengtong.codes.issue import ShownCode, issue_code
from minzhengtong.hosting.apps import HostedApps
from minzhengtong.hosting.register import register_hosted_apps
from minzhengtong.hosting.serve import serve_all
from minzhengtong.oidc.tokens import issue_token
from minzhengtong.registry.terminals import terminal_by_id
from minzhengtong.runtime import Runtime
from minzhengtong.scans.outcome import Scan
from minzhengtong.scans.reading import read_code
from minzhengtong.scans.scan import scan_code
from minzhengtong.scans.session import go_on
from minzhengtong.web.kit.current import HOSTED
from minzhengtong.web.platform import create_platform
from tests.world.browser import Browser
from tests.world.caller import Caller
from tests.world.facts import GATE, wants

SCOPES = {
    "transit": "code.verify:transit cert.verify:senior-card pay.collect",
    "clinic": "code.verify:clinic cert.verify:medical-insurance pay.collect",
}


@dataclass
class World:
    """A running simulator. `app` serves every origin, `platform` the platform's alone."""

    runtime: Runtime
    platform: Flask
    hosted: HostedApps
    app: Any

    @classmethod
    def of(cls, runtime: Runtime) -> "World":
        """Serve what is in this runtime's database."""
        platform = create_platform(runtime)
        hosted = HostedApps(runtime, platform)
        platform.extensions[HOSTED] = hosted
        return cls(runtime, platform, hosted, serve_all(platform, hosted))

    @classmethod
    def open(cls, runtime: Runtime, *folders: Path) -> "World":
        """Register the mini-apps that are on disk, those in `folders` too, and serve them."""
        runtime = replace(runtime, settings=runtime.settings.model_copy(update={"miniapp_dirs": folders}))
        register_hosted_apps(runtime)
        return cls.of(runtime)

    def origins(self) -> dict[str, Flask]:
        """Every Flask app by its origin."""
        apps = {origin: self.hosted.app(slug) for origin, slug in self.hosted.origins.items()}
        return {self.runtime.settings.public_url: self.platform, **apps}

    def browser(self) -> Browser:
        """A browser in which nobody is logged in."""
        return Browser(Client(self.app))

    def person(self, key: str) -> Browser:
        """The browser of a persona who has just logged in."""
        browser = self.browser()
        browser.log_in(key)
        browser.get("/me")
        return browser

    def caller(self, client_id: str, scope: str) -> Caller:
        """A program with a token of its own."""
        with self.runtime.db.write() as conn:
            return Caller(self.platform, issue_token(conn, self.runtime.clock.now(), client_id, scope))

    def terminal(self, app: str = "transit", scopes: str | None = None) -> Caller:
        """A terminal with its mini-app's token."""
        return self.caller(f"example.fuzhou.{app}", SCOPES[app] if scopes is None else scopes)

    def show(self, person: str = "lin") -> ShownCode:
        """A fresh code on a person's phone."""
        scope = CodeScope.PAY | CodeScope.CERTIFICATES
        with self.runtime.db.write() as conn:
            keys = self.runtime.keyring.current(conn)
            return issue_code(conn, self.runtime.clock.now(), keys, f"per_{person}", "350100", scope)

    def scan(self, text: str, *items: dict[str, Any], at: str = GATE) -> Scan:
        """Scan at a terminal, as its app would."""
        now = self.runtime.clock.now()
        with self.runtime.db.write() as conn:
            terminal = terminal_by_id(conn, at)
            reading = read_code(self.runtime.keyring.current(conn), now, text)
            key = new_id("key", now)
            return scan_code(conn, now, terminal, reading, wants(*items), idempotency_key=key)

    def go_on(self, found: Scan, want: dict[str, Any]) -> Scan:
        """Do one more thing within a scan."""
        now = self.runtime.clock.now()
        with self.runtime.db.write() as conn:
            terminal = terminal_by_id(conn, found.terminal_id)
            [wanted] = wants(want)
            return go_on(conn, now, found, terminal, wanted, idempotency_key=new_id("key", now))

    def ask(self, question: Callable[..., Any], *args: Any) -> Any:
        """Read from the database."""
        with self.runtime.db.read() as conn:
            return question(conn, *args)
