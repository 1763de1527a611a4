"""A signed request for the bare scan routes: 64 bytes, as many as a code's signature covers."""

import json
import secrets
from base64 import b64decode, b64encode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC_KEY = _KEY.public_key()
NONCE = slice(0, 16)


def new_body() -> str:
    """A JSON body that no other equals."""
    message = secrets.token_bytes(16) + bytes(48)
    return json.dumps({"code": b64encode(message + _KEY.sign(message)).decode(), "amount_fen": 200})


def checked(code: str) -> bytes:
    """The message, once its signature is verified. Raises: InvalidSignature."""
    raw = b64decode(code)
    PUBLIC_KEY.verify(raw[64:], raw[:64])
    return raw[:64]
