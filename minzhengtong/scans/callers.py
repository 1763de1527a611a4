"""Who calls from which terminal, as one process knows it. Judges none of it."""

import time
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from minzhengtong.base.digest import digest
from minzhengtong.db.database import Database
from minzhengtong.db.prepared import Prepared
from minzhengtong.oidc.models import oauth_client
from minzhengtong.oidc.tokens import FROM_TOKEN, IS_LIVE_TOKEN, TOKEN_COLUMNS, Token, token_of
from minzhengtong.registry.models import terminal
from minzhengtong.registry.terminals import TERMINAL_COLUMNS, Terminal, terminal_of

KNOWN_SECONDS = 0.5
"""How old a process's knowledge of a caller may be: every process sees a revoked token, a terminal out of use
and a suspended app well within a second. The look is a tenth of a scan's CPU."""
MOST_KNOWN = 1_000

_TERMINAL_AT = len(TOKEN_COLUMNS)
_IS_OWN_TERMINAL = (
    (terminal.c.id == bindparam("terminal_id"))
    & (terminal.c.app_id == oauth_client.c.app_id)
    & terminal.c.active.is_(True)
)
_ENTRY = Prepared(
    select(*TOKEN_COLUMNS, *TERMINAL_COLUMNS)
    .select_from(FROM_TOKEN.outerjoin(terminal, _IS_OWN_TERMINAL))
    .where(IS_LIVE_TOKEN)
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A live token, and its app's terminal if that is in use."""

    token: Token
    terminal: Terminal | None


class Entrances:
    """Made once per process."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: dict[tuple[str, str], tuple[float, Entry]] = {}

    def find(self, now: datetime, raw_token: str, terminal_id: str) -> Entry | None:
        """What stands behind a call; None when its token is worth nothing. At most one query."""
        asked = (digest(raw_token), terminal_id)
        read_at, entry = self._known.get(asked, (0.0, None))
        if entry is None or time.monotonic() - read_at >= KNOWN_SECONDS:
            entry = self._read(now, *asked)
        return entry if entry and entry.token.expires_at > now else None

    def _read(self, now: datetime, token_digest: str, terminal_id: str) -> Entry | None:
        read_at, values = time.monotonic(), {"digest": token_digest, "now": now, "terminal_id": terminal_id}
        with self._db.read() as conn:
            row = _ENTRY.first(conn, values)
        if row is None:
            return None
        place = row[_TERMINAL_AT:]
        entry = Entry(token_of(row[:_TERMINAL_AT]), None if place[0] is None else terminal_of(place))
        if entry.terminal:
            self._keep((token_digest, terminal_id), (read_at, entry))
        return entry

    def _keep(self, asked: tuple[str, str], known: tuple[float, Entry]) -> None:
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[asked] = known
