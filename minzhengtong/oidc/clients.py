"""OpenID clients: saves them after strict checks, finds them, compares their secrets."""

import hmac
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row, bindparam, func, select, update

from minzhengtong.base.digest import digest
from minzhengtong.base.errors import InvalidInput
from minzhengtong.db.upsert import insert_if_new
from minzhengtong.oidc.models import oauth_client
from minzhengtong.oidc.signing import ALGORITHMS
from minzhengtong.oidc.uris import check_uri
from minzhengtong.registry.apps import AppState
from minzhengtong.registry.models import miniapp
from minzhengtong.registry.scopes import PLATFORM_SCOPES, SETS, Tier, scope_named, with_members

AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")
GRANT_TYPES = ("authorization_code", "client_credentials")

_CLIENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,63}")


def is_usable() -> Any:
    """The SQL condition of an active client whose app is not suspended, for `from_client_and_app`."""
    return oauth_client.c.active & (func.coalesce(miniapp.c.state, "") != AppState.SUSPENDED)


def from_client_and_app(source: Any = oauth_client) -> Any:
    """`source`, which holds the client table, joined to the app of the client if it has one."""
    return source.outerjoin(miniapp, miniapp.c.app_id == oauth_client.c.app_id)


# Every token and every authorization asks for a client, so the statements are built once.
_USABLE = select(oauth_client).select_from(from_client_and_app()).where(is_usable())
_BY_ID = _USABLE.where(oauth_client.c.client_id == bindparam("wanted"))


class ClientRefused(InvalidInput):
    """A client's registration that cannot work or would not be safe."""

    code = "client_refused"
    title = "The client cannot be registered like this"


@dataclass(frozen=True, slots=True)
class NewClient:
    """The metadata of a new client, with the names of RFC 7591. Without `secret` it is a public client."""

    client_id: str
    name: str
    scope: str
    secret: str | None = None
    app_id: str | None = None
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str | None = None
    grant_types: tuple[str, ...] = GRANT_TYPES
    token_endpoint_auth_method: str = "client_secret_basic"  # noqa: S105
    id_token_signed_response_alg: str = "ES256"  # noqa: S105
    require_pkce: bool = True


@dataclass(frozen=True, slots=True)
class Client:
    """One registered client."""

    client_id: str
    app_id: str | None
    name: str
    secret_digest: str | None
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    backchannel_logout_uri: str | None
    grant_types: tuple[str, ...]
    scope: str
    token_endpoint_auth_method: str
    id_token_signed_response_alg: str
    sector: str
    require_pkce: bool

    def citizen_scopes(self, asked: str) -> tuple[str, ...]:
        """What of `asked` a citizen may be asked for: unknown scopes are ignored, operator scopes dropped.

        A set such as `profile` is kept, with those of its members that the client may have, if there are any.
        """
        return _within(self.scope, asked, operator=False)

    def operator_scopes(self, asked: str | None) -> tuple[str, ...]:
        """What of `asked` the client may do for itself; everything if it names no scope."""
        return _within(self.scope, asked or self.scope, operator=True)

    def check_client_secret(self, secret: str) -> bool:
        """Compare in constant time; any text may be sent, because digests are ASCII on both sides."""
        return self.secret_digest is not None and hmac.compare_digest(digest(secret), self.secret_digest)

    def check_grant_type(self, grant_type: str) -> bool:
        """Authlib's grants call it."""
        return grant_type in self.grant_types


def client_by_id(conn: Connection, client_id: str) -> Client | None:
    """The client of this id, or None when it is unknown, inactive, or its app is suspended."""
    if not _CLIENT_ID.fullmatch(client_id):
        return None
    row = conn.execute(_BY_ID, {"wanted": client_id}).first()
    return client_of_row(row) if row else None


def client_to_notify(conn: Connection, client_id: str) -> Client | None:
    """The client of this id, also if it is suspended or inactive; None when it is unknown.

    A suspended client may still have sessions of people who logged in before, and Back-Channel Logout 1.0
    §2.5 wants every such client to get the logout token, which tells it nothing new about a person.
    """
    row = conn.execute(select(oauth_client).where(oauth_client.c.client_id == client_id)).first()
    return client_of_row(row) if row else None


def web_origins(conn: Connection) -> frozenset[str]:
    """The origins of all registered redirect URIs: pages there may call the token endpoint."""
    rows = conn.execute(select(oauth_client.c.redirect_uris).where(oauth_client.c.active))
    parts = (urlsplit(uri) for row in rows for uri in row.redirect_uris)
    return frozenset(f"{part.scheme}://{part.netloc}" for part in parts)


def save_client(conn: Connection, now: datetime, new: NewClient, *, issuer: str) -> None:
    """Insert a client, or update the one of its id. The caller commits.

    Raises: ClientRefused, UriRefused, ScopeUnknown.
    """
    _check(new, issuer)
    values = asdict(new) | {
        "secret_digest": digest(new.secret) if new.secret else None,
        "sector": new.app_id or new.client_id,  # not the host: two apps on 127.0.0.1 must not share subjects
    }
    del values["secret"]
    if not insert_if_new(conn, oauth_client, {**values, "active": True, "created_at": now}):
        conn.execute(update(oauth_client).where(oauth_client.c.client_id == new.client_id).values(**values))


def client_of_row(row: Row[Any]) -> Client:
    """A client from a row that holds every column of its table."""
    lists = ("redirect_uris", "post_logout_redirect_uris", "grant_types")
    facts = {name: getattr(row, name) for name in Client.__dataclass_fields__}
    return Client(**facts | {name: tuple(facts[name]) for name in lists})


def _within(allowed: str, asked: str, *, operator: bool) -> tuple[str, ...]:
    may = set(with_members(allowed.split()))
    known = (name for name in with_members(asked.split()) if not may.isdisjoint(SETS.get(name, (name,))))
    return tuple(name for name in known if _is_operator(name) is operator)


def _is_operator(name: str) -> bool:
    return scope_named(name).tier >= Tier.OPERATOR


def _check(new: NewClient, issuer: str) -> None:
    if not _CLIENT_ID.fullmatch(new.client_id):
        raise ClientRefused("client_id: 3 to 64 of letters, digits, dot, dash, underscore", new.client_id)
    if not new.scope.split():
        raise ClientRefused("at least one scope", "none", "a client without scopes would get no ID token")
    for name in new.scope.split():
        scope_named(name)
        if new.app_id and name in PLATFORM_SCOPES:
            raise ClientRefused("scopes that a mini-app may have", name)
    _check_choice(ALGORITHMS, new.id_token_signed_response_alg)
    _check_choice(AUTH_METHODS, new.token_endpoint_auth_method)
    if (new.secret is None) is not (new.token_endpoint_auth_method == "none"):  # noqa: S105
        raise ClientRefused("a secret, or token_endpoint_auth_method none", "one without the other")
    if "authorization_code" in new.grant_types and not (new.redirect_uris and new.app_id):
        raise ClientRefused("a redirect URI and the mini-app that citizens consent to", "not both")
    backchannel = (new.backchannel_logout_uri,) if new.backchannel_logout_uri else ()
    for uri in (*new.redirect_uris, *new.post_logout_redirect_uris, *backchannel):
        check_uri(uri, issuer)


def _check_choice(allowed: tuple[str, ...], received: str) -> None:
    if received not in allowed:
        raise ClientRefused(f"one of {', '.join(allowed)}", received)
