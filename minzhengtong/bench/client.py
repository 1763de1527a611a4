"""The OAuth client of the command line: its name, its scope, its record. Earns no token itself."""

from datetime import datetime

from sqlalchemy import Connection

from minzhengtong.keys.keyring import KeyRing
from minzhengtong.oidc.clients import NewClient, save_client
from minzhengtong.registration.client_secret import client_secret

CLIENT_ID = "mzt-cli"
SCOPE = "bench.scan"


def cli_secret(keyring: KeyRing) -> str:
    """The client's secret, known to whoever may read the key folder.

    Raises: FileNotFoundError before the seed made the folder's secrets.
    """
    return client_secret(keyring, CLIENT_ID)


def save_cli_client(conn: Connection, now: datetime, keyring: KeyRing, issuer: str) -> None:
    """Record the client, or bring its record up to date. The caller commits."""
    client = NewClient(
        client_id=CLIENT_ID,
        name="minzhengtong scan",
        scope=SCOPE,
        secret=cli_secret(keyring),
        grant_types=("client_credentials",),
    )
    save_client(conn, now, client, issuer=issuer)
