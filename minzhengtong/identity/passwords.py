"""Password hashes: argon2id, at most one per core at a time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from minzhengtong.base.errors import TooMany

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""OWASP's minimum for argon2id: 19 MiB, 2 passes, 1 lane; 21 ms on a laptop core."""
_WAIT_SECONDS = 2.0
# More hashes than cores would take processor and memory from the scans and finish no sooner.
_slots = BoundedSemaphore(os.cpu_count() or 1)


def hash_password(text: str) -> str:
    """Hash a password with a fresh salt. Raises: TooMany."""
    with _slot():
        return _HASHER.hash(_bytes(text))


def password_matches(password_hash: str | None, text: str) -> bool:
    """Whether the text is the password. Without a hash the answer is no, after the same time.

    Call it with no transaction open. Raises: TooMany when no core is free within two seconds.
    """
    dummy = _dummy_hash()  # always called, because the first call in a process takes as long as a check
    with _slot():
        try:
            return _HASHER.verify(password_hash or dummy, _bytes(text)) and password_hash is not None
        except VerifyMismatchError:
            return False


@contextmanager
def _slot() -> Iterator[None]:
    if not _slots.acquire(timeout=_WAIT_SECONDS):
        raise TooMany(int(_WAIT_SECONDS), "a free core for a password check", "every core busy")
    try:
        yield
    finally:
        _slots.release()


@cache
def _dummy_hash() -> str:
    return hash_password(os.urandom(16).hex())


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
