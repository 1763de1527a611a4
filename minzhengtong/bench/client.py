"""The OAuth client of the command line: its name, scope and secret. Recording it is the seed's matter."""

import hashlib
import hmac

from minzhengtong.core.keys import KeyRing

CLIENT_ID = "mzt-cli"
SCOPE = "bench.scan"


def client_secret(keyring: KeyRing) -> str:
    """The client's secret, known to whoever may read the key folder.

    Raises: FileNotFoundError before the seed made the folder's secrets.
    """
    return hmac.new(keyring.secret("hosting"), CLIENT_ID.encode(), hashlib.sha256).hexdigest()
