"""The hosted apps of one process: each is built on first use, and quarantined if that fails."""

import logging
import traceback
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from threading import Lock
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import httpx2
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from minzhengtong.base.assets import app_asset
from minzhengtong.base.deadline import TooSlow, within
from minzhengtong.db.database import assert_no_transaction
from minzhengtong.hosting.discover import Found, discover
from minzhengtong.hosting.limits.slots import NoSlot, Slots
from minzhengtong.hosting.limits.threads import Threads
from minzhengtong.hosting.limits.watch import Watch
from minzhengtong.hosting.load import load
from minzhengtong.hosting.pages import (
    app_broke,
    app_is_busy,
    app_is_off,
    app_is_too_slow,
    platform_is_away,
    store_is_away,
)
from minzhengtong.hosting.states import States
from minzhengtong.registration.client_secret import client_secret
from minzhengtong.registry.apps import AppState
from minzhengtong.runtime import Runtime
from minzhengtong.sdk import Link, MiniApp
from minzhengtong.sdk.store import is_away

ANSWER_SECONDS = 10.0
"""How long an app may take to be built or to answer. A thread cannot be stopped, so a slower app is
quarantined and its process is replaced."""

log = logging.getLogger(__name__)


class AppDown(Exception):
    """The app may not run or cannot run; `reason` is for its developer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class StoreAway(AppDown):
    """The app's own database cannot be opened now. The app is not at fault, so it is not quarantined."""


class HostedApps:
    """Made once per process. The apps call the platform through its WSGI app, without a socket."""

    def __init__(
        self, runtime: Runtime, platform: WSGIApplication, *, end_process: Callable[[], None] | None = None
    ) -> None:
        self.runtime = runtime
        self.platform = platform
        self._end_process = end_process
        everything = discover(runtime.settings)
        self.origins = {runtime.settings.app_url(app.slug): app.slug for app in everything}
        """The slugs of all hosted apps by their origin, also of those that cannot run."""
        self._found = {app.slug: app for app in everything if not app.fault}
        self._built: dict[str, MiniApp] = {}
        self._states = States(runtime, {slug: app.app_id for slug, app in self._found.items()})
        self._locks = {slug: Lock() for slug in self._found}
        self._slots = Slots(runtime.settings.web_threads)
        folder = runtime.settings.var_dir / "apps"
        self.watch = Watch(folder, self._found, self._states.quarantine, self._end_process)
        folders = {slug: found.folder for slug, found in self._found.items()}
        self._threads = Threads(folders, self._states.quarantine, end_process) if end_process else None

    def is_hosted(self, app_id: str) -> bool:
        return self._slug(app_id) is not None

    def icon(self, slug: str) -> Path | None:
        """The SVG of a hosted app."""
        found = self._found.get(slug)
        return found.icon if found else None

    def app(self, slug: str) -> MiniApp:
        """The running app of this slug. No transaction may be open.

        Raises: AppDown; SQLAlchemyError when the database is away.
        """
        assert_no_transaction()
        found, (state, reason) = self._found.get(slug), self._states.of(slug)
        if found is None or state is not AppState.ACTIVE:
            raise AppDown(reason or f"no hosted app {slug}")
        with self._locks[slug]:
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
        """Let the app answer a request. If it is off, hangs or fails, one of our pages is the answer."""
        return self._answer(slug, environ)(environ, start_response)

    def _answer(self, slug: str, environ: WSGIEnvironment) -> Response:
        public_url = self.runtime.settings.public_url
        try:
            app = self.app(slug)
        except StoreAway:
            return store_is_away(public_url)
        except AppDown:
            return app_is_off(public_url)
        except SQLAlchemyError as error:
            log.warning("mini-app %s: its state cannot be read: %s", slug, getattr(error, "orig", error))
            return platform_is_away(public_url)
        return self._call(slug, app, environ)

    def _call(self, slug: str, app: MiniApp, environ: WSGIEnvironment) -> Response:
        public_url = self.runtime.settings.public_url
        try:
            with self._slots.taken(slug), self.watch.over(slug):
                # Buffered, because a streamed body may fail or hang as well.
                answer = within(ANSWER_SECONDS, partial(Response.from_app, app, environ, buffered=True))
            _check(answer)
        except NoSlot:
            log.warning("mini-app %s is busy: %s", slug, environ["PATH_INFO"])
            return app_is_busy(public_url)
        except TooSlow as error:
            self._leave_behind(slug, environ, error)
            return app_is_too_slow(public_url)
        except KeyboardInterrupt:
            raise
        except BaseException:  # foreign code: SystemExit in a view would end this process
            log.exception("mini-app %s failed on %s", slug, environ["PATH_INFO"])
            return app_broke(public_url)
        return answer

    def _leave_behind(self, slug: str, environ: WSGIEnvironment, error: TooSlow) -> None:
        """Quarantine an app that does not give its thread back, and have this process replaced."""
        found = self._found[slug]
        call = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
        log.error("mini-app %s: %s, %s\n%s", slug, call, error, "".join(error.stack.format()))
        self._states.quarantine(slug, f"{call}: {error} ({_place(error.stack, found)})")
        if self._end_process:
            self._end_process()

    def _slug(self, app_id: str) -> str | None:
        return next((slug for slug, found in self._found.items() if found.app_id == app_id), None)

    def _build(self, found: Found) -> MiniApp:
        if self._threads:
            self._threads.start()
        try:
            app = within(ANSWER_SECONDS, partial(load, found))
            app.connect(self._link(found))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # foreign code: SystemExit would pass `except Exception`
            if is_away(error):
                log.warning("mini-app %s cannot be built now: %s", found.slug, error)
                raise StoreAway(f"its store: {error}") from error
            log.exception("mini-app %s cannot be built and is quarantined", found.slug)
            stack = error.stack if isinstance(error, TooSlow) else traceback.extract_tb(error.__traceback__)
            reason = f"{type(error).__name__}: {error} ({_place(stack, found)})"
            self._states.quarantine(found.slug, reason)
            if self._end_process and isinstance(error, TooSlow):
                self._end_process()
            raise AppDown(reason) from error
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
            asset=app_asset,
        )


def _place(stack: traceback.StackSummary, found: Found) -> str:
    """The innermost line of the app's own code, for its developer."""
    own = [frame for frame in stack if frame.filename.startswith(str(found.folder))]
    last = (own or stack)[-1]
    return f"{last.filename.rpartition('/')[2]}, line {last.lineno}"


def _check(answer: Response) -> None:
    """Raises: ValueError, for a status or a header that a WSGI server cannot send."""
    if not 200 <= answer.status_code <= 599:
        raise ValueError(f"status {answer.status!r}")
    for name, text in answer.headers:
        f"{name}{text}".encode("latin-1")
