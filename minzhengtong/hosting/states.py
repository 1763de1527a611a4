"""The states of the hosted apps, cached by each process for half a second."""

import logging
from collections.abc import Mapping
from threading import Lock

from cachetools import TTLCache
from sqlalchemy.exc import SQLAlchemyError

from minzhengtong.registry.apps import AppState, AppUnknown, app_by_slug, set_state
from minzhengtong.runtime import Runtime

STATE_SECONDS = 0.5
"""How old a cached state may be: every process sees a suspension well within a second. Reading a state takes
0.1 ms on SQLite, 0.3 ms on PostgreSQL."""

log = logging.getLogger(__name__)


class States:
    """Made once per process. `app_ids` maps the slugs of the hosted apps to their ids."""

    def __init__(self, runtime: Runtime, app_ids: Mapping[str, str]) -> None:
        self._runtime, self._app_ids = runtime, app_ids
        self._known: TTLCache[str, tuple[AppState, str]] = TTLCache(maxsize=1_000, ttl=STATE_SECONDS)
        self._lock = Lock()

    def of(self, slug: str) -> tuple[AppState, str]:
        """The app's state and its reason. Raises: SQLAlchemyError when the database is away."""
        with self._lock:
            known = self._known.get(slug)
        return known or self._remember(slug, *self._read(slug))

    def quarantine(self, slug: str, reason: str) -> None:
        """Write that the app may not run, and why.

        If the database fails, that is only logged: the caller still has to answer its visitor or to end its
        process, and the fault will be found again.
        """
        now = self._runtime.clock.now()
        try:
            with self._runtime.db.write() as conn:
                set_state(conn, now, self._app_ids[slug], AppState.QUARANTINED, reason)
        except (SQLAlchemyError, AppUnknown):
            log.exception("mini-app %s stays on, its quarantine cannot be written: %s", slug, reason)
        else:
            self._remember(slug, AppState.QUARANTINED, reason)

    def _remember(self, slug: str, state: AppState, reason: str) -> tuple[AppState, str]:
        with self._lock:
            self._known[slug] = state, reason
        return state, reason

    def _read(self, slug: str) -> tuple[AppState, str]:
        with self._runtime.db.read() as conn:
            try:
                app = app_by_slug(conn, slug)
            except AppUnknown:
                return AppState.QUARANTINED, "not registered: run `minzhengtong seed`"
        return app.state, app.state_reason
