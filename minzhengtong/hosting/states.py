"""What the registry says of each hosted app, as one process knows it. Builds and serves none."""

import logging
import time
from collections.abc import Mapping

from sqlalchemy.exc import SQLAlchemyError

from minzhengtong.registry.apps import AppState, AppUnknown, app_by_slug, set_state
from minzhengtong.runtime import Runtime

STATE_SECONDS = 0.5
"""How old a process's knowledge of an app's state may be: a suspension is seen by every process well within a
second. A look costs 0.1 ms on SQLite, 0.3 on PostgreSQL."""

log = logging.getLogger(__name__)


class States:
    """Made once per process. `app_ids` has the apps that may be quarantined, by their slugs."""

    def __init__(self, runtime: Runtime, app_ids: Mapping[str, str]) -> None:
        self._runtime, self._app_ids = runtime, app_ids
        self._known: dict[str, tuple[float, AppState, str]] = {}

    def of(self, slug: str) -> tuple[AppState, str]:
        """The app's state and its reason. Raises: SQLAlchemyError when the database is away."""
        known = self._known.get(slug)
        if known is None or time.monotonic() - known[0] >= STATE_SECONDS:
            known = self._known[slug] = (time.monotonic(), *self._read(slug))
        return known[1], known[2]

    def quarantine(self, slug: str, reason: str) -> None:
        """Record that the app may not run.

        A database that does not take it is logged only: whoever found the fault has a visitor to answer and a
        process to end, and the fault will be found again.
        """
        now = self._runtime.clock.now()
        try:
            with self._runtime.db.write() as conn:
                set_state(conn, now, self._app_ids[slug], AppState.QUARANTINED, reason)
        except (SQLAlchemyError, AppUnknown):
            log.exception("mini-app %s stays on, as its quarantine cannot be written: %s", slug, reason)
        else:
            self._known[slug] = (time.monotonic(), AppState.QUARANTINED, reason)

    def _read(self, slug: str) -> tuple[AppState, str]:
        with self._runtime.db.read() as conn:
            try:
                app = app_by_slug(conn, slug)
            except AppUnknown:
                return AppState.QUARANTINED, "not recorded: run `minzhengtong seed`"
        return app.state, app.state_reason
