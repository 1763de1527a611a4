"""Authorization requests that wait for a login or a consent. The URL contains only their id."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select, update

from minzhengtong.base.digest import digest
from minzhengtong.base.ids import new_secret
from minzhengtong.db.row_insert import RowInsert
from minzhengtong.oidc.authorization import AuthorizationRequest
from minzhengtong.oidc.models import interaction

INTERACTION_SECONDS = 600


_INSERT = RowInsert(interaction, "done_at")
_WAITING = select(interaction).where(
    interaction.c.id_digest == bindparam("id"),
    interaction.c.browser_digest == bindparam("browser"),
    interaction.c.done_at.is_(None),
    interaction.c.expires_at > bindparam("now"),
)
_FINISH = (
    update(interaction)
    .where(interaction.c.id_digest == bindparam("id"), interaction.c.done_at.is_(None))
    .values(done_at=bindparam("now"))
    .returning(interaction.c.id_digest)
)


@dataclass(frozen=True, slots=True)
class Interaction:
    """One waiting request. A login older than `login_after` does not satisfy it."""

    id_digest: str
    params: Mapping[str, str]
    login_after: datetime | None


def begin(conn: Connection, now: datetime, asked: AuthorizationRequest, *, browser: str) -> str:
    """Keep a request for `INTERACTION_SECONDS`; return its id for the URL. The caller commits."""
    raw = new_secret()
    values = {
        "id_digest": digest(raw),
        "client_id": asked.client.client_id,
        "params": dict(asked.params),
        "browser_digest": digest(browser),
        "login_after": asked.login_after(now),
        "created_at": now,
        "expires_at": now + timedelta(seconds=INTERACTION_SECONDS),
    }
    _INSERT.run(conn, values)
    return raw


def find(conn: Connection, now: datetime, raw: str, browser: str) -> Interaction | None:
    """The request of this id if it still waits and this browser began it."""
    row = conn.execute(_WAITING, {"id": digest(raw), "browser": digest(browser), "now": now}).first()
    return Interaction(row.id_digest, row.params, row.login_after) if row else None


def finish(conn: Connection, now: datetime, waiting: Interaction) -> bool:
    """Mark the request as answered; False when it already was. The caller commits."""
    return conn.execute(_FINISH, {"id": waiting.id_digest, "now": now}).first() is not None
