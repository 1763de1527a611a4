"""A provider's rows without its HTTP: keys, one person with a session, two clients."""

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from minzhengtong.db.database import Database
from minzhengtong.demo.identity import seed as seed_people
from minzhengtong.identity.people import person_by_id
from minzhengtong.identity.sessions import LoginSession, start_session
from minzhengtong.keys.keyring import KeyRing
from minzhengtong.keys.models import signing_key
from minzhengtong.oidc.authorization import AuthorizationRequest
from minzhengtong.oidc.client_metadata import NewClient
from minzhengtong.oidc.clients import client_by_id, save_client
from minzhengtong.oidc.signing import make_oidc_keys
from tests.conftest import NOON
from tests.engines import databases

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


@dataclass(frozen=True)
class MadeKeys:
    """Keys to copy, because two RSA keys take a fifth of a second."""

    folder: Path
    rows: list[dict[str, Any]]


@pytest.fixture(scope="session")
def made_keys(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> MadeKeys:
    folder = tmp_path_factory.mktemp("oidc")
    db = Database(databases.fresh_sqlite(sqlite_template, folder))
    with db.write() as conn:
        make_oidc_keys(conn, KeyRing(folder / "keys"), NOON)
        rows = [dict(row) for row in conn.execute(select(signing_key)).mappings()]
    db.dispose()
    return MadeKeys(folder / "keys", rows)


@pytest.fixture
def provider(db: Database, now: datetime, tmp_path: Path, made_keys: MadeKeys) -> Provider:
    keyring = KeyRing(Path(shutil.copytree(made_keys.folder, tmp_path / "keys")))
    with db.write() as conn:
        conn.execute(signing_key.insert(), made_keys.rows)
        seed_people(conn, now)
        for name in ("bus", "clinic"):
            save_client(conn, now, new_client(name), issuer=ISSUER)
        _, session = start_session(conn, now, person_by_id(conn, "per_lin"), ("pwd",))
    return Provider(db, keyring, session)
