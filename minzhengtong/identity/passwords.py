"""Password hashes: argon2id, few at a time. Counts no guesses: that is `guessing.py`."""

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
# More hashes than cores would only starve the scans of processor and memory.
_places = BoundedSemaphore(os.cpu_count() or 1)


def hash_password(text: str) -> str:
    """Hash a password with a fresh salt. Raises: TooMany."""
    with _place():
        return _HASHER.hash(_bytes(text))


def password_matches(password_hash: str | None, text: str) -> bool:
    """Whether the text is the password; without a hash it is not, at the same cost.

    Call it with no transaction open. Raises: TooMany when no core is free within two seconds.
    """
    nobodys = _nobodys_hash()  # asked for in any case: the first call in a process is dear
    with _place():
        try:
            return _HASHER.verify(password_hash or nobodys, _bytes(text)) and password_hash is not None
        except VerifyMismatchError:
            return False


@contextmanager
def _place() -> Iterator[None]:
    if not _places.acquire(timeout=_WAIT_SECONDS):
        raise TooMany(int(_WAIT_SECONDS), "a free place for a password check", "every core at work")
    try:
        yield
    finally:
        _places.release()


@cache
def _nobodys_hash() -> str:
    return hash_password(os.urandom(16).hex())


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
