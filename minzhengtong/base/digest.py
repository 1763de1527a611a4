"""One-way digests of high-entropy secrets. Not for passwords: those are argon2's."""

import hashlib


def digest(secret: str) -> str:
    """SHA-256 of a token, code, session id or client secret, as hex: what the database keeps instead."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
