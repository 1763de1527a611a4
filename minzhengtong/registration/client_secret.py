"""The client secret of a hosted app: derived, not stored."""

import hashlib
import hmac

from minzhengtong.keys.keyring import KeyRing

SECRET = "hosting"  # noqa: S105  # the name of the secret's file


def client_secret(keyring: KeyRing, app_id: str) -> str:
    """A hosted app's client secret: every process derives the same, none is stored."""
    return hmac.new(keyring.secret(SECRET), app_id.encode(), hashlib.sha256).hexdigest()
