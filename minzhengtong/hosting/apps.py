"""The hosted apps of one process: built on first use, quarantined when that fails. Chooses no app by Host."""

import logging
import time
import traceback
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from threading import Lock
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import httpx2

from minzhengtong.core.db import assert_no_transaction
from minzhengtong.core.runtime import Runtime
from minzhengtong.hosting.discover import Found, discover
from minzhengtong.hosting.load import load
from minzhengtong.hosting.pages import app_broke, app_is_off
from minzhengtong.hosting.record import client_secret
from minzhengtong.registry.apps import AppState, AppUnknown, app_by_slug, set_state
from minzhengtong.sdk import Link, MiniApp

STATE_SECONDS = 2.0
"""How old a process's knowledge of an app's state may be."""

log = logging.getLogger(__name__)


class AppDown(Exception):
    """The app may not or cannot run; the reason is for its developer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class HostedApps:
    """Made once per process, with the platform's WSGI app, which is how the apps reach the platform."""

    def __init__(self, runtime: Runtime, platform: WSGIApplication) -> None:
        self.runtime = runtime
        self.platform = platform
        everything = discover(runtime.settings)
        self.origins = {runtime.settings.app_url(app.slug): app.slug for app in everything}
        """The slugs of all hosted apps, good or not, by their origin."""
        self._found = {app.slug: app for app in everything if not app.fault}
        self._built: dict[str, MiniApp] = {}
        self._states: dict[str, tuple[float, AppState, str]] = {}
        self._lock = Lock()

    def is_hosted(self, app_id: str) -> bool:
        return self._slug(app_id) is not None

    def icon(self, slug: str) -> Path | None:
        """The SVG of a hosted app."""
        found = self._found.get(slug)
        return found.icon if found else None

    def app(self, slug: str) -> MiniApp:
        """The running app of this slug. No transaction may be open. Raises: AppDown."""
        assert_no_transaction()
        found, (state, reason) = self._found.get(slug), self._state(slug)
        if found is None or state is not AppState.ACTIVE:
            raise AppDown(reason or f"no hosted app {slug}")
        with self._lock:
            if slug not in self._built:
                self._built[slug] = self._build(found)
        return self._built[slug]

    def app_of(self, app_id: str) -> MiniApp:
        """The running app of this id. Raises: AppDown."""
        return self.app(self._slug(app_id) or app_id)

    def client(self, app_id: str) -> httpx2.Client:
        """An HTTP client that reaches the app without a network. Raises: AppDown."""
        self.app_of(app_id)
        serve = partial(self.serve, self._slug(app_id) or app_id)
        return httpx2.Client(transport=httpx2.WSGITransport(serve), trust_env=False)

    def serve(self, slug: str, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Let the app answer a request; one that is off or breaks does so alone."""
        public_url = self.runtime.settings.public_url
        try:
            return self.app(slug)(environ, start_response)
        except AppDown:
            return app_is_off(public_url)(environ, start_response)
        except KeyboardInterrupt:
            raise
        except BaseException:  # foreign code: SystemExit in a view would end this process
            log.exception("mini-app %s broke on %s", slug, environ["PATH_INFO"])
            return app_broke(public_url)(environ, start_response)

    def _slug(self, app_id: str) -> str | None:
        return next((slug for slug, found in self._found.items() if found.app_id == app_id), None)

    def _state(self, slug: str) -> tuple[AppState, str]:
        known = self._states.get(slug)
        if known is None or time.monotonic() - known[0] >= STATE_SECONDS:
            with self.runtime.db.reading() as conn:
                try:
                    app = app_by_slug(conn, slug)
                    known = (time.monotonic(), app.state, app.state_reason)
                except AppUnknown:
                    known = (time.monotonic(), AppState.QUARANTINED, "not recorded: run `minzhengtong seed`")
            self._states[slug] = known
        return known[1], known[2]

    def _build(self, found: Found) -> MiniApp:
        try:
            app = load(found)
            app.connect(self._link(found))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # foreign code: SystemExit would pass `except Exception`
            log.exception("mini-app %s cannot be built and is quarantined", found.slug)
            raise AppDown(self._quarantine(found, error)) from error
        return app

    def _link(self, found: Found) -> Link:
        settings = self.runtime.settings
        return Link(
            platform_url=settings.public_url,
            origin=settings.app_url(found.slug),
            client_id=found.app_id,
            client_secret=client_secret(self.runtime.keyring, found.app_id),
            store=settings.var_dir / "apps" / f"{found.slug}.db",
            transport=httpx2.WSGITransport(self.platform),
            now=self.runtime.clock.now,
        )

    def _quarantine(self, found: Found, error: BaseException) -> str:
        last = traceback.extract_tb(error.__traceback__)[-1]
        reason = f"{type(error).__name__}: {error} ({last.filename.rpartition('/')[2]}, line {last.lineno})"
        with self.runtime.db.transaction() as conn:
            set_state(conn, self.runtime.clock.now(), found.app_id, AppState.QUARANTINED, reason)
        self._states[found.slug] = (time.monotonic(), AppState.QUARANTINED, reason)
        return reason
