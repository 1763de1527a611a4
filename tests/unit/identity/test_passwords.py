"""Password hashes: parameters, equal time, and the limit on how many run at once."""

from threading import BoundedSemaphore

import pytest

from minzhengtong.base.errors import TooMany
from minzhengtong.identity import passwords
from minzhengtong.identity.passwords import hash_password, password_matches


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


def test_a_check_is_refused_while_every_core_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    slots = BoundedSemaphore(1)
    monkeypatch.setattr(passwords, "_slots", slots)
    monkeypatch.setattr(passwords, "_WAIT_SECONDS", 0.01)
    with slots, pytest.raises(TooMany):
        hash_password("x")
    for _ in range(3):
        assert not password_matches(None, "x")
