"""Authorization requests that wait for a login or a consent. The URL contains only their id."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from minzhengtong.base.digest import digest
from minzhengtong.base.errors import TooMany
from minzhengtong.base.ids import new_secret
from minzhengtong.oidc.authorization import AuthorizationRequest
from minzhengtong.oidc.models import interaction

INTERACTION_SECONDS = 600
RETRY_SECONDS = 30
"""When a request beyond the limits is worth another try: waiting ones end at any moment."""

_ROW = interaction.c
_NAMES = [column.name for column in _ROW]
_COUNT = select(func.count()).where(_ROW.expires_at > bindparam("now"))
_BEGIN = (
    insert(interaction)
    .from_select(
        _NAMES,
        select(*(bindparam(column.name, type_=column.type) for column in _ROW)).where(
            _COUNT.scalar_subquery() < bindparam("most"),
            _COUNT.where(_ROW.address == bindparam("address")).scalar_subquery() < bindparam("most_of_one"),
        ),
    )
    .returning(_ROW.id_digest)
)
_WAITING = select(interaction).where(
    _ROW.id_digest == bindparam("id"),
    _ROW.browser_digest == bindparam("browser"),
    _ROW.expires_at > bindparam("now"),
)
_FINISH = delete(interaction).where(_ROW.id_digest == bindparam("id")).returning(_ROW.id_digest)


@dataclass(frozen=True, slots=True)
class Sender:
    """Where a request came from: the secret in the browser's cookie, and the network address."""

    browser: str
    address: str


@dataclass(frozen=True, slots=True)
class Limits:
    """How many requests may wait at once: from one address, and from all."""

    per_address: int
    in_all: int


@dataclass(frozen=True, slots=True)
class Interaction:
    """One waiting request. A login older than `login_after` does not satisfy it."""

    id_digest: str
    params: Mapping[str, str]
    login_after: datetime | None


def begin(
    conn: Connection, now: datetime, asked: AuthorizationRequest, sender: Sender, limits: Limits
) -> str:
    """Keep a request for `INTERACTION_SECONDS`; return its id for the URL. The caller commits.

    Raises: TooMany when as many wait as the limits allow. On PostgreSQL as many more may pass as are begun
    in the same moment.
    """
    raw = new_secret()
    values = {
        "id_digest": digest(raw),
        "client_id": asked.client.client_id,
        "params": dict(asked.params),
        "browser_digest": digest(sender.browser),
        "login_after": asked.login_after(now),
        "created_at": now,
        "expires_at": now + timedelta(seconds=INTERACTION_SECONDS),
        "address": sender.address,
    }
    allowed = {"now": now, "most": limits.in_all, "most_of_one": limits.per_address}
    if conn.execute(_BEGIN, values | allowed).first() is None:
        raise TooMany(RETRY_SECONDS, "few sign-in requests that wait unfinished", "as many as may wait")
    return raw


def find(conn: Connection, now: datetime, raw: str, browser: str) -> Interaction | None:
    """The request of this id if it still waits and this browser began it."""
    row = conn.execute(_WAITING, {"id": digest(raw), "browser": digest(browser), "now": now}).first()
    return Interaction(row.id_digest, row.params, row.login_after) if row else None


def finish(conn: Connection, waiting: Interaction) -> bool:
    """Delete the request as answered; False when it already was. The caller commits."""
    return conn.execute(_FINISH, {"id": waiting.id_digest}).first() is not None
