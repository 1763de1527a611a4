"""An app's login sessions and flows: rows in its own store, so that a logout ends them in any process."""

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass
from typing import Any

from minzhengtong.sdk.store import Store

SESSION_SECONDS = 3600
"""Afterwards the app asks the platform again, with no page if the citizen is still logged in there."""
FLOW_SECONDS = 900
SEEN_SECONDS = 3600

_SCHEMA = """
CREATE TABLE IF NOT EXISTS session (
  id_digest TEXT PRIMARY KEY, sid TEXT NOT NULL, citizen TEXT NOT NULL, expires_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS session_sid ON session (sid);
CREATE TABLE IF NOT EXISTS flow (
  state_digest TEXT PRIMARY KEY, browser_digest TEXT NOT NULL, body TEXT NOT NULL, expires_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY, expires_at REAL NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Citizen:
    """The citizen who is logged in, as far as the scopes allow; `sub` is different in every app."""

    sub: str
    acr: int
    name: str | None = None
    name_en: str | None = None
    phone: str | None = None
    id_number_masked: str | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """A login under way: what the answer must match, and the page to return to."""

    verifier: str
    nonce: str
    target: str


class Sessions:
    """Sessions and flows, found by digests of their secrets: a copy of the file opens no session."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.create(_SCHEMA)

    def begin_flow(self, browser: str, flow: Flow) -> str:
        """Remember a login under way for this browser and return its state."""
        self._forget("flow")
        state = secrets.token_urlsafe(24)
        row = (_digest(state), _digest(browser), json.dumps(asdict(flow)), self._in(FLOW_SECONDS))
        self._store.execute("INSERT INTO flow VALUES (?, ?, ?, ?)", *row)
        return state

    def take_flow(self, browser: str, state: str) -> Flow | None:
        """The login under way with this state in this browser, once; None if there is none."""
        statement = (
            "DELETE FROM flow WHERE state_digest = ? AND browser_digest = ? RETURNING body, expires_at"
        )
        rows = self._store.execute(statement, _digest(state), _digest(browser))
        if not rows or rows[0][1] <= self._in(0):
            return None
        return Flow(**json.loads(rows[0][0]))

    def start(self, sid: str, citizen: Citizen) -> str | None:
        """Start a session and return its id for the cookie; None when `sid` was logged out meanwhile."""
        self._forget("session")
        raw = secrets.token_urlsafe(32)
        row = (_digest(raw), sid, json.dumps(asdict(citizen)), self._in(SESSION_SECONDS))
        started = self._store.execute(
            "INSERT INTO session SELECT ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM seen WHERE id = ?)"
            " RETURNING sid",
            *row,
            f"ended {sid}",
        )
        return raw if started else None

    def citizen(self, raw: str) -> Citizen | None:
        """The citizen who is logged in with this cookie."""
        query = "SELECT citizen FROM session WHERE id_digest = ? AND expires_at > ?"
        rows = self._store.execute(query, _digest(raw), self._in(0))
        return Citizen(**json.loads(rows[0][0])) if rows else None

    def end(self, sid: str) -> None:
        """End every session of this `sid`, also one that is about to start."""
        self.see(f"ended {sid}")
        self._store.execute("DELETE FROM session WHERE sid = ?", sid)

    def see(self, name: str) -> bool:
        """Record a one-time name; False when it was recorded before."""
        self._forget("seen")
        statement = "INSERT INTO seen VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING id"
        return bool(self._store.execute(statement, name, self._in(SEEN_SECONDS)))

    def _in(self, seconds: float) -> float:
        return self._store.now().timestamp() + seconds

    def _forget(self, table: str) -> None:
        self._store.execute(f"DELETE FROM {table} WHERE expires_at <= ?", self._in(0))  # noqa: S608


def _digest(secret: Any) -> str:
    return hashlib.sha256(str(secret).encode("utf-8", "surrogatepass")).hexdigest()
