"""The OAuth client of the command line."""

from datetime import datetime

from sqlalchemy import Connection

from minzhengtong.keys.keyring import KeyRing
from minzhengtong.oidc.client_metadata import NewClient
from minzhengtong.oidc.clients import save_client
from minzhengtong.registration.client_secret import client_secret

CLIENT_ID = "mzt-cli"
SCOPE = "bench.scan"


def cli_secret(keyring: KeyRing) -> str:
    """The client's secret, derived from a file of the key folder.

    Raises: FileNotFoundError before the seed has made that file.
    """
    return client_secret(keyring, CLIENT_ID)


def save_cli_client(conn: Connection, now: datetime, keyring: KeyRing, issuer: str) -> None:
    """Save the client. The caller commits."""
    client = NewClient(
        client_id=CLIENT_ID,
        name="minzhengtong scan",
        scope=SCOPE,
        secret=cli_secret(keyring),
        grant_types=("client_credentials",),
    )
    save_client(conn, now, client, issuer=issuer)
