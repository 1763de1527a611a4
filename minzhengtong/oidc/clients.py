"""OpenID clients: saves them, finds them, compares their secrets."""

import hmac
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row, bindparam, func, select, update

from minzhengtong.base.digest import digest
from minzhengtong.base.hosts import origin_key
from minzhengtong.db.upsert import insert_if_new
from minzhengtong.oidc.client_checks import CLIENT_ID, check_client
from minzhengtong.oidc.client_metadata import ClientMetadata, NewClient
from minzhengtong.oidc.models import oauth_client
from minzhengtong.oidc.uris import same_but_for_loopback_port
from minzhengtong.registry.apps import AppState
from minzhengtong.registry.models import miniapp
from minzhengtong.registry.scopes import SETS, Tier, scope_named, with_members

_LISTS = ("redirect_uris", "post_logout_redirect_uris", "grant_types")


def is_usable() -> Any:
    """The SQL condition of an active client whose app is not suspended, for `from_client_and_app`."""
    return oauth_client.c.active & (func.coalesce(miniapp.c.state, "") != AppState.SUSPENDED)


def from_client_and_app(source: Any = oauth_client) -> Any:
    """`source`, which holds the client table, joined to the app of the client if it has one."""
    return source.outerjoin(miniapp, miniapp.c.app_id == oauth_client.c.app_id)


# Every token and every authorization asks for a client, so the statements are built once.
_USABLE = select(oauth_client).select_from(from_client_and_app()).where(is_usable())
_BY_ID = _USABLE.where(oauth_client.c.client_id == bindparam("wanted"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Client(ClientMetadata):
    """One registered client."""

    secret_digest: str | None
    sector: str

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

    def may_redirect_to(self, uri: str, issuer: str) -> bool:
        """Whether this is a registered redirect URI, character by character.

        A native app's on the loopback may have any port, because it takes one that is free (RFC 8252 §7.3),
        but for the platform's own.
        """
        if uri in self.redirect_uris:
            return True
        is_native = self.application_type == "native"
        alike = is_native and any(same_but_for_loopback_port(known, uri) for known in self.redirect_uris)
        return alike and origin_key(uri) != origin_key(issuer)


def client_by_id(conn: Connection, client_id: str) -> Client | None:
    """The client of this id, or None when it is unknown, inactive, or its app is suspended."""
    if not CLIENT_ID.fullmatch(client_id):
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
    """The origins of all redirect URIs of web apps: pages there may call the token endpoint."""
    web = oauth_client.c.active & (oauth_client.c.application_type == "web")
    rows = conn.execute(select(oauth_client.c.redirect_uris).where(web))
    parts = (urlsplit(uri) for row in rows for uri in row.redirect_uris)
    return frozenset(f"{part.scheme}://{part.netloc}" for part in parts)


def save_client(conn: Connection, now: datetime, new: NewClient, *, issuer: str) -> None:
    """Insert a client, or update the one of its id. The caller commits.

    Raises: ClientRefused, UriRefused, ScopeUnknown.
    """
    check_client(new, issuer)
    # The sector is not the host, as two apps on 127.0.0.1 must not share subjects, but a list of both may be.
    values = asdict(new) | {
        "secret_digest": digest(new.secret) if new.secret else None,
        "sector": new.sector_identifier_uri or new.app_id or new.client_id,
    }
    del values["secret"]
    if not insert_if_new(conn, oauth_client, {**values, "active": True, "created_at": now}):
        conn.execute(update(oauth_client).where(oauth_client.c.client_id == new.client_id).values(**values))


def client_of_row(row: Row[Any]) -> Client:
    """A client from a row that holds every column of its table."""
    facts = {field.name: getattr(row, field.name) for field in fields(Client)}
    return Client(**facts | {name: tuple(facts[name]) for name in _LISTS})


def _within(allowed: str, asked: str, *, operator: bool) -> tuple[str, ...]:
    may = set(with_members(allowed.split()))
    known = (name for name in with_members(asked.split()) if not may.isdisjoint(SETS.get(name, (name,))))
    return tuple(name for name in known if _is_operator(name) is operator)


def _is_operator(name: str) -> bool:
    return scope_named(name).tier >= Tier.OPERATOR
