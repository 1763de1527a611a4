"""Makes every token: opaque access tokens, ID tokens, logout tokens, events to apps."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import Column, Connection, bindparam, select, update

from minzhengtong.base.digest import digest
from minzhengtong.base.errors import NotAuthenticated
from minzhengtong.base.ids import new_secret
from minzhengtong.db.row_insert import RowInsert
from minzhengtong.keys.keyring import Keys
from minzhengtong.oidc.claims import Wanted
from minzhengtong.oidc.clients import Client, from_client_and_app, is_usable
from minzhengtong.oidc.models import access_token, oauth_client
from minzhengtong.oidc.signing import sign

ACCESS_TOKEN_SECONDS = 900
ID_TOKEN_SECONDS = 600
LOGOUT_TOKEN_SECONDS = 120
EVENT_SECONDS = 60

LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


class TokenInvalid(NotAuthenticated):
    """The token is unknown, expired or revoked, or its client is switched off."""

    code = "token_invalid"
    title = "The token is not valid"

    @classmethod
    def of_any(cls) -> Self:
        """The error for whatever is wrong with a token: its sender need not know which."""
        return cls("a live token", "one that is unknown, expired or revoked", "get one at /oauth/token")


@dataclass(frozen=True, slots=True)
class Token:
    """A live access token. Without a person the client acts for itself, with its operator scopes."""

    client_id: str
    app_id: str | None
    sector: str
    person_id: str | None
    session_digest: str | None
    family_id: str | None
    scopes: frozenset[str]
    issued_at: datetime
    expires_at: datetime
    claims: Wanted = field(default_factory=dict)
    """What the parameter `claims` named for the UserInfo endpoint."""


@dataclass(frozen=True, slots=True)
class FromLogin:
    """The login that the tokens of a person come from, and what its request named for UserInfo."""

    session_digest: str | None = None
    family_id: str | None = None
    claims: Wanted = field(default_factory=dict)


NO_LOGIN = FromLogin()
"""Of a token that a client gets for itself."""


@dataclass(frozen=True, slots=True)
class Login:
    """The claims of an ID token that describe the login."""

    sub: str
    sid: str
    auth_time: datetime
    acr: str
    amr: tuple[str, ...]
    nonce: str | None


TOKEN_COLUMNS: tuple[Column[Any], ...] = (
    access_token.c.client_id,
    oauth_client.c.app_id,
    oauth_client.c.sector,
    access_token.c.person_id,
    access_token.c.session_digest,
    access_token.c.family_id,
    access_token.c.scope,
    access_token.c.issued_at,
    access_token.c.expires_at,
    access_token.c.claims,
)
FROM_TOKEN = from_client_and_app(access_token.join(oauth_client))
IS_LIVE_TOKEN = (
    (access_token.c.token_digest == bindparam("digest"))
    & access_token.c.revoked_at.is_(None)
    & (access_token.c.expires_at > bindparam("now"))
    & is_usable()
)
_LIVE_TOKEN = select(*TOKEN_COLUMNS).select_from(FROM_TOKEN).where(IS_LIVE_TOKEN)
_INSERT = RowInsert(access_token, "revoked_at")


def find_token(conn: Connection, now: datetime, raw: str) -> Token | None:
    """The token if it is live, its client active and its app not suspended, else None. One query."""
    row = conn.execute(_LIVE_TOKEN, {"digest": digest(raw), "now": now}).first()
    return token_of(row) if row else None


def token_of(values: Sequence[Any]) -> Token:
    """A token from the values of `TOKEN_COLUMNS`."""
    *first, scope, issued_at, expires_at, claims = values
    return Token(*(*first, frozenset(scope.split()), issued_at, expires_at, claims or {}))


def issue_token(
    conn: Connection,
    now: datetime,
    client_id: str,
    scope: str,
    *,
    person_id: str | None = None,
    login: FromLogin = NO_LOGIN,
) -> str:
    """Make an access token of `ACCESS_TOKEN_SECONDS`; only its digest is kept. The caller commits."""
    raw = new_secret()
    values = {
        "token_digest": digest(raw),
        "family_id": login.family_id,
        "client_id": client_id,
        "person_id": person_id,
        "session_digest": login.session_digest,
        "scope": scope,
        "claims": dict(login.claims) or None,
        "issued_at": now,
        "expires_at": now + timedelta(seconds=ACCESS_TOKEN_SECONDS),
    }
    _INSERT.run(conn, values)
    return raw


def revoke_token(conn: Connection, now: datetime, raw: str) -> None:
    """Revoke one token. The caller commits."""
    _revoke(conn, now, access_token.c.token_digest == digest(raw))


def revoke_family(conn: Connection, now: datetime, family_id: str) -> None:
    """Revoke every token of one authorization code (RFC 6749 §4.1.2). The caller commits."""
    _revoke(conn, now, access_token.c.family_id == family_id)


def revoke_of_session(conn: Connection, now: datetime, session_digest: str) -> None:
    """Revoke every token of a login session. The caller commits."""
    _revoke(conn, now, access_token.c.session_digest == session_digest)


def revoke_of_person(conn: Connection, now: datetime, person_id: str, app_id: str) -> None:
    """Revoke every token by which an app reads a person's data. The caller commits."""
    clients = select(oauth_client.c.client_id).where(oauth_client.c.app_id == app_id)
    _revoke(conn, now, (access_token.c.person_id == person_id) & access_token.c.client_id.in_(clients))


def mint_id_token(
    keys: Keys,
    issuer: str,
    client: Client,
    login: Login,
    *,
    access_token: str,
    now: datetime,
    of_person: Mapping[str, Any] | None = None,
) -> str:
    """Sign an ID token for one client (OpenID Connect Core §2, §3.1.3.6).

    `of_person` are the claims that the request wants in it by name.
    """
    claims = {**(of_person or {}), **_claims(issuer, client.client_id, now, ID_TOKEN_SECONDS)}
    alg = client.id_token_signed_response_alg
    claims |= {"sub": login.sub, "sid": login.sid, "acr": login.acr, "amr": list(login.amr)}
    claims |= {"auth_time": int(login.auth_time.timestamp()), "at_hash": _half_hash(access_token, alg)}
    if login.nonce is not None:
        claims["nonce"] = login.nonce
    return sign(keys, alg, claims)


def mint_logout_token(keys: Keys, issuer: str, client: Client, sub: str, sid: str, now: datetime) -> str:
    """Sign a logout token for one client, with its own sub and sid (Back-Channel Logout 1.0 §2.4)."""
    claims = _claims(issuer, client.client_id, now, LOGOUT_TOKEN_SECONDS)
    claims |= {"jti": new_secret(), "sub": sub, "sid": sid, "events": {LOGOUT_EVENT: {}}}
    return sign(keys, client.id_token_signed_response_alg, claims, typ="logout+jwt")


def sign_event(
    keys: Keys, issuer: str, client_id: str, kind: str, payload: dict[str, Any], now: datetime
) -> str:
    """Sign an event for a mini-app: typ `mzt-event+jwt`, ES256, claims `kind` and `payload`, 60 s."""
    claims = _claims(issuer, client_id, now, EVENT_SECONDS)
    claims |= {"jti": new_secret(), "kind": kind, "payload": payload}
    return sign(keys, "ES256", claims, typ="mzt-event+jwt")


def _claims(issuer: str, audience: str, now: datetime, seconds: int) -> dict[str, Any]:
    issued_at = int(now.timestamp())
    return {"iss": issuer, "aud": audience, "iat": issued_at, "exp": issued_at + seconds}


def _half_hash(text: str, alg: str) -> str:
    """The left half of the hash that the algorithm uses (OpenID Connect Core §3.1.3.6).

    Ed25519 hashes with SHA-512 inside (RFC 8032 §5.1); the other algorithms have SHA-256 in their names.
    """
    hashed = (hashlib.sha512 if alg == "EdDSA" else hashlib.sha256)(text.encode()).digest()
    return urlsafe_b64encode(hashed[: len(hashed) // 2]).rstrip(b"=").decode()


def _revoke(conn: Connection, now: datetime, condition: Any) -> None:
    live = access_token.c.revoked_at.is_(None)
    conn.execute(update(access_token).where(condition, live).values(revoked_at=now))
