"""Authorization codes: each is redeemed once, by its own client, within a minute."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import Connection, bindparam, select, update

from minzhengtong.audit.log import record_entry
from minzhengtong.base.digest import digest
from minzhengtong.base.ids import new_id, new_secret
from minzhengtong.db.row_insert import RowInsert
from minzhengtong.db.upsert import insert_if_new
from minzhengtong.identity.models import login_session
from minzhengtong.identity.sessions import LoginSession
from minzhengtong.oidc.authorization import AuthorizationRequest
from minzhengtong.oidc.claims_request import ClaimsRequest
from minzhengtong.oidc.models import authorization_code, client_session
from minzhengtong.oidc.subjects import client_sid
from minzhengtong.oidc.tokens import revoke_family

CODE_SECONDS = 60


_CODE = authorization_code.c
_IS_MINE = (_CODE.code_digest == bindparam("digest")) & (_CODE.client_id == bindparam("client"))
_INSERT = RowInsert(authorization_code, "used_at")
_CLAIM = (
    update(authorization_code)
    .where(_IS_MINE, _CODE.used_at.is_(None))
    .values(used_at=bindparam("now"))
    .returning(authorization_code)
)
_USED = select(authorization_code).where(_IS_MINE)
_LIVING = (
    select(login_session.c.id_digest)
    .where(login_session.c.id_digest == bindparam("digest"))
    .where(login_session.c.ended_at.is_(None), login_session.c.expires_at > bindparam("now"))
    .with_for_update(read=True)
)


@dataclass(frozen=True, slots=True)
class AuthorizationCode:
    """A redeemed code with the login it stands for."""

    code_challenge_method: ClassVar[str] = "S256"

    family_id: str
    client_id: str
    person_id: str
    session_digest: str
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str | None
    claims: ClaimsRequest
    auth_time: datetime
    acr: str
    amr: tuple[str, ...]
    sid: str

    @property
    def reads(self) -> tuple[str, ...]:
        """The scopes that the person must still allow when the code is redeemed."""
        return (*self.scope.split(), *self.claims.scopes)

    def get_redirect_uri(self) -> str:
        """Authlib's grant calls it."""
        return self.redirect_uri


def issue_code(conn: Connection, now: datetime, asked: AuthorizationRequest, session: LoginSession) -> str:
    """Make a code of `CODE_SECONDS`, and note that the session reached this client. The caller commits."""
    client_id = asked.client.client_id
    raw, sid = new_secret(), client_sid(session.sid_secret, client_id)
    login = {"session_digest": session.id_digest, "client_id": client_id, "sid": sid}
    values = {
        "code_digest": digest(raw),
        "family_id": new_id("fam", now),
        "person_id": session.person_id,
        "redirect_uri": asked.redirect_uri,
        "scope": " ".join(asked.scopes),
        "nonce": asked.nonce,
        "code_challenge": asked.code_challenge,
        "claims": asked.claims.to_row(),
        # Copied, so that the ID token describes this login even if the person logs in again meanwhile.
        "auth_time": session.auth_time,
        "acr": session.acr,
        "amr": list(session.amr),
        "expires_at": now + timedelta(seconds=CODE_SECONDS),
    }
    _INSERT.run(conn, login | values)
    insert_if_new(conn, client_session, login)
    return raw


def claim_code(conn: Connection, now: datetime, raw: str, client_id: str) -> AuthorizationCode | None:
    """Redeem a code: of two at once, one UPDATE lets the first win. The caller commits, also on None.

    None when the code is unknown, another client's, too old, used, or its login has ended. A second use
    revokes the tokens of the first (RFC 6749 §4.1.2).
    """
    mine = {"digest": digest(raw), "client": client_id}
    row = conn.execute(_CLAIM, mine | {"now": now}).first()
    if row is None:
        _revoke_if_replayed(conn, now, mine)
        return None
    if row.expires_at <= now or not _login_lives(conn, now, row.session_digest):
        return None
    facts = {field.name: getattr(row, field.name) for field in fields(AuthorizationCode)}
    return AuthorizationCode(**facts | {"amr": tuple(row.amr), "claims": ClaimsRequest.of_row(row.claims)})


def _revoke_if_replayed(conn: Connection, now: datetime, mine: dict[str, Any]) -> None:
    used = conn.execute(_USED, mine).first()
    if used is not None:
        revoke_family(conn, now, used.family_id)
        record_entry(conn, now, "authorization_code.replayed", actor="system", client_id=used.client_id)


def _login_lives(conn: Connection, now: datetime, session_digest: str) -> bool:
    """Lock the session's row: a logout at the same time would miss the token that is written next."""
    return conn.execute(_LIVING, {"digest": session_digest, "now": now}).first() is not None
