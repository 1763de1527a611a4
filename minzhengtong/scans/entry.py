"""All that a call to scan must know of before it may begin, in one query. Judges none of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from minzhengtong.core.digest import digest
from minzhengtong.core.idempotency import ANSWER_COLUMNS, IS_UNDER_KEY, idempotency_record
from minzhengtong.core.prepared import Prepared
from minzhengtong.oidc.models import oauth_client
from minzhengtong.oidc.tokens import FROM_TOKEN, IS_LIVE_TOKEN, TOKEN_COLUMNS, Token, token_of
from minzhengtong.registry.models import terminal
from minzhengtong.registry.terminals import TERMINAL_COLUMNS, Terminal, terminal_of

_TERMINAL_AT = len(TOKEN_COLUMNS)
_KEPT_AT = _TERMINAL_AT + len(TERMINAL_COLUMNS)
_IS_OWN_TERMINAL = (
    (terminal.c.id == bindparam("terminal_id"))
    & (terminal.c.app_id == oauth_client.c.app_id)
    & terminal.c.active.is_(True)
)
_IS_KEPT = (idempotency_record.c.client_id == oauth_client.c.client_id) & IS_UNDER_KEY
_ENTRY = Prepared(  # token, terminal and answer one by one would be three statements of a scan's eleven
    select(*TOKEN_COLUMNS, *TERMINAL_COLUMNS, *ANSWER_COLUMNS)
    .select_from(FROM_TOKEN.outerjoin(terminal, _IS_OWN_TERMINAL).outerjoin(idempotency_record, _IS_KEPT))
    .where(IS_LIVE_TOKEN)
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A live token, its app's terminal if that is in use, and what `idempotency.answer_of` takes, if kept."""

    token: Token
    terminal: Terminal | None
    kept: tuple[Any, ...] | None


def find_entry(
    conn: Connection, now: datetime, raw_token: str, *, terminal_id: str, key: str
) -> Entry | None:
    """What stands behind a call; None when its token is worth nothing."""
    values = {"digest": digest(raw_token), "now": now, "terminal_id": terminal_id, "key": key}
    row = _ENTRY.first(conn, values)
    if row is None:
        return None
    place, kept = row[_TERMINAL_AT:_KEPT_AT], row[_KEPT_AT:]
    return Entry(
        token_of(row[:_TERMINAL_AT]),
        None if place[0] is None else terminal_of(place),
        None if kept[0] is None else kept,
    )
