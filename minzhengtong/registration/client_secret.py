"""Derives the client secrets of hosted apps from one secret file."""

import hashlib
import hmac

from minzhengtong.keys.keyring import KeyRing

SECRET = "hosting"  # noqa: S105  # the name of the secret's file


def client_secret(keyring: KeyRing, app_id: str) -> str:
    """The client secret of a hosted app: the same in every process, and stored nowhere."""
    return hmac.new(keyring.secret(SECRET), app_id.encode(), hashlib.sha256).hexdigest()
