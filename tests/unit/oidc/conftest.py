"""A provider's rows without its HTTP: a seeded simulator, one person with a session, two more clients."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection

from minzhengtong.db.database import Database
from minzhengtong.identity.people import person_by_id
from minzhengtong.identity.sessions import LoginSession, start_session
from minzhengtong.keys.keyring import KeyRing
from minzhengtong.oidc.authorization import AuthorizationRequest
from minzhengtong.oidc.client_metadata import NewClient
from minzhengtong.oidc.clients import client_by_id, save_client
from minzhengtong.runtime import Runtime

ISSUER = "http://localhost:8000"


def new_client(name: str = "bus", **changes: Any) -> NewClient:
    facts: dict[str, Any] = {
        "client_id": f"example.test.{name}",
        "app_id": f"example.test.{name}",
        "name": name,
        "scope": "openid profile.name code.verify:transit pay.collect",
        "secret": "a secret",
        "redirect_uris": (f"http://{name}.localhost:8000/cb",),
        "backchannel_logout_uri": f"http://{name}.localhost:8000/out",
        "id_token_signed_response_alg": "ES256",
    }
    return NewClient(**facts | changes)


def new_request(conn: Connection, name: str = "bus", **changes: Any) -> AuthorizationRequest:
    client = client_by_id(conn, f"example.test.{name}")
    assert client is not None
    facts: dict[str, Any] = {
        "client": client,
        "params": {},
        "redirect_uri": client.redirect_uris[0],
        "scopes": ("openid",),
    }
    return AuthorizationRequest(**facts | changes)


@dataclass
class Provider:
    """What every test here begins with."""

    db: Database
    keyring: KeyRing
    session: LoginSession

    def record(self, conn: Connection, now: datetime, new: NewClient) -> None:
        save_client(conn, now, new, issuer=ISSUER)


@pytest.fixture
def provider(runtime: Runtime, now: datetime) -> Provider:
    with runtime.db.write() as conn:
        for name in ("bus", "clinic"):
            save_client(conn, now, new_client(name), issuer=ISSUER)
        _, session = start_session(conn, now, person_by_id(conn, "per_lin"), ("pwd",))
    return Provider(runtime.db, runtime.keyring, session)
