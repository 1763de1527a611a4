"""Password hashes: parameters, equal time, and the limit on how many run at once."""

import os
from concurrent.futures import ThreadPoolExecutor, as_completed
from threading import Event, get_native_id

import pytest

from minzhengtong.base.errors import TooMany
from minzhengtong.db.database import Database, NestedTransaction
from minzhengtong.identity.passwords import HashThread, hash_password, password_matches


def test_a_hash_is_argon2id_with_the_documented_cost() -> None:
    first, second = hash_password("口令 one"), hash_password("口令 one")
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert first != second
    assert password_matches(first, "口令 one")
    assert not password_matches(first, "口令 One")


@pytest.mark.parametrize("text", ["", "\0", "\ud800", "长" * 5_000])
def test_any_text_can_be_tried(text: str) -> None:
    assert not password_matches(hash_password("minzhengtong-demo"), text)
    assert password_matches(hash_password(text), text)


def test_without_a_hash_nothing_matches() -> None:
    assert not password_matches(None, "")
    assert not password_matches(None, "minzhengtong-demo")


def test_a_third_check_at_once_is_refused_and_holds_no_thread() -> None:
    thread, may_end = HashThread(), Event()
    with ThreadPoolExecutor(3) as pool:
        three = [pool.submit(thread.run, lambda: may_end.wait()) for _ in range(3)]
        try:
            refused = next(as_completed(three, timeout=20)).exception()
        finally:
            may_end.set()
        assert isinstance(refused, TooMany)
        assert refused.retry_after_seconds == 1
        assert [one.exception() for one in three].count(None) == 2
    assert thread.run(lambda: True)


def test_hashing_gives_way_to_other_threads() -> None:
    mine = os.getpriority(os.PRIO_PROCESS, 0)
    thread = HashThread()
    assert thread.run(lambda: os.getpriority(os.PRIO_PROCESS, get_native_id())) == min(19, mine + 5)
    assert os.getpriority(os.PRIO_PROCESS, 0) == mine


def test_a_forked_process_hashes_in_a_thread_of_its_own() -> None:
    assert not password_matches(None, "before the fork")
    child = os.fork()
    if child == 0:
        os._exit(0 if password_matches(hash_password("x"), "x") else 1)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.engines("sqlite")
def test_no_password_is_checked_inside_a_transaction(db: Database) -> None:
    with db.read(), pytest.raises(NestedTransaction):
        password_matches(None, "x")
