"""Identifiers of rows: a short kind, then time-ordered randomness, so that newer sorts later."""

import secrets
from datetime import datetime

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u
_PAIRS = tuple(high + low for high in _ALPHABET for low in _ALPHABET)


def _base32(number: int, length: int) -> str:
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(5 * (length - 2), -1, -10)])


def new_id(kind: str, now: datetime) -> str:
    """Make an id such as `pay_01jd3v9k2m8q4x7c0t5b6n1r`: 48 bits of milliseconds, 70 random bits."""
    return f"{kind}_{_base32(int(now.timestamp() * 1000), 10)}{_base32(secrets.randbits(70), 14)}"


def new_secret() -> str:
    """Make 256 random bits as text of [A-Za-z0-9_-] for a token, a code or a session."""
    return secrets.token_urlsafe(32)
