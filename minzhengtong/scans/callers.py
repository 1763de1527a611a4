"""The token and the terminal behind a scan, cached by each process for half a second."""

from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from cachetools import TTLCache
from sqlalchemy import Connection, bindparam, select

from minzhengtong.base.digest import digest
from minzhengtong.db.database import Database
from minzhengtong.oidc.models import oauth_client
from minzhengtong.oidc.tokens import FROM_TOKEN, IS_LIVE_TOKEN, TOKEN_COLUMNS, Token, TokenInvalid, token_of
from minzhengtong.registry.models import terminal
from minzhengtong.registry.terminals import TERMINAL_COLUMNS, Terminal, TerminalUnknown, terminal_of

KNOWN_SECONDS = 0.5
"""How old a cached caller may be. A scan checks in its own transaction that nothing was taken away meanwhile;
the cache saves reading and building token, manifest and scopes, a tenth of a scan's CPU."""
MOST_KNOWN = 1_000

_TERMINAL_AT = len(TOKEN_COLUMNS)
_IS_OWN_TERMINAL = (
    (terminal.c.id == bindparam("terminal_id"))
    & (terminal.c.app_id == oauth_client.c.app_id)
    & terminal.c.active.is_(True)
)
_CALLER = (
    select(*TOKEN_COLUMNS, *TERMINAL_COLUMNS)
    .select_from(FROM_TOKEN.outerjoin(terminal, _IS_OWN_TERMINAL))
    .where(IS_LIVE_TOKEN)
)


_STANDS = (
    select(terminal.c.id).select_from(FROM_TOKEN.outerjoin(terminal, _IS_OWN_TERMINAL)).where(IS_LIVE_TOKEN)
)


def check_caller(conn: Connection, now: datetime, raw_token: str, terminal_id: str) -> None:
    """Check a cached caller again, in the transaction that acts for it.

    So what was revoked, suspended or retired does nothing from then on. Raises: TokenInvalid,
    TerminalUnknown.
    """
    asked = {"digest": digest(raw_token), "now": now, "terminal_id": terminal_id}
    row = conn.execute(_STANDS, asked).first()
    if row is None:
        raise TokenInvalid.of_any()
    if row.id is None:
        raise TerminalUnknown("a terminal in use, of the app that asks", terminal_id)


@dataclass(frozen=True, slots=True)
class CachedCaller:
    """A live token, and the terminal of its app; None if the app has no such terminal in use."""

    token: Token
    terminal: Terminal | None


class CallerCache:
    """Made once per process."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: TTLCache[tuple[str, str], CachedCaller] = TTLCache(maxsize=MOST_KNOWN, ttl=KNOWN_SECONDS)
        self._lock = Lock()

    def find(self, now: datetime, raw_token: str, terminal_id: str) -> CachedCaller | None:
        """The caller with this token at this terminal; None if the token is not valid. At most one query."""
        asked = (digest(raw_token), terminal_id)
        with self._lock:
            known = self._known.get(asked)
        caller = known or self._read(now, *asked)
        return caller if caller and caller.token.expires_at > now else None

    def _read(self, now: datetime, token_digest: str, terminal_id: str) -> CachedCaller | None:
        with self._db.read() as conn:
            row = conn.execute(
                _CALLER, {"digest": token_digest, "now": now, "terminal_id": terminal_id}
            ).first()
        if row is None:
            return None
        place = row[_TERMINAL_AT:]
        caller = CachedCaller(token_of(row[:_TERMINAL_AT]), None if place[0] is None else terminal_of(place))
        if caller.terminal:
            with self._lock:
                self._known[token_digest, terminal_id] = caller
        return caller
