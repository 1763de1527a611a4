"""Password hashes: argon2id, one at a time in each process, in a thread that gives way to all others."""

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from threading import BoundedSemaphore, get_native_id
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from minzhengtong.base.errors import TooMany
from minzhengtong.db.database import assert_no_transaction

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""OWASP's minimum for argon2id: 19 MiB, 2 passes, 1 lane; 21 ms on a laptop core."""
_NICER = 5
"""A third of the processor time of a thread that scans or pays, when both want the core."""
_AT_ONCE = 2
"""One is hashed, one waits. More would hold the process's threads, four by default, for the logins only."""
_RETRY_SECONDS = 1

Result = TypeVar("Result")


class HashThread:
    """The one thread of a process that hashes passwords."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "mzt-argon2", initializer=_give_way)
        self._places = BoundedSemaphore(_AT_ONCE)

    def run(self, hash_: Callable[[], Result]) -> Result:
        """What `hash_` gives. Raises: TooMany at once when others wait already."""
        if not self._places.acquire(blocking=False):
            raise TooMany(_RETRY_SECONDS, "a free place for a password check", "all places taken")
        try:
            return self._thread.submit(hash_).result()
        finally:
            self._places.release()


def hash_password(text: str) -> str:
    """Hash a password with a fresh salt. Raises: TooMany."""
    return _hash_thread().run(partial(_HASHER.hash, _bytes(text)))


def password_matches(password_hash: str | None, text: str) -> bool:
    """Whether the text is the password. Without a hash the answer is no, after the same time.

    Raises: NestedTransaction inside a transaction, which would wait for the hash; TooMany.
    """
    assert_no_transaction()
    dummy = _dummy_hash()  # always called, because the first call in a process takes as long as a check
    check = partial(_verify, password_hash or dummy, _bytes(text))
    return _hash_thread().run(check) and password_hash is not None


def _verify(password_hash: str, text: bytes) -> bool:
    try:
        return _HASHER.verify(password_hash, text)
    except VerifyMismatchError:
        return False


@cache
def _hash_thread() -> HashThread:
    return HashThread()


os.register_at_fork(after_in_child=_hash_thread.cache_clear)  # threads do not live on in a forked child


def _give_way() -> None:
    if sys.platform == "linux":  # elsewhere this would slow the whole process down
        thread = get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, min(19, os.getpriority(os.PRIO_PROCESS, thread) + _NICER))


@cache
def _dummy_hash() -> str:
    return hash_password(os.urandom(16).hex())


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
