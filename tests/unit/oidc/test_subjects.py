from pathlib import Path

import pytest

from minzhengtong.keys.keyring import KeyRing
from minzhengtong.oidc.subjects import PAIRWISE_SECRET, client_sid, subject_of


@pytest.fixture
def keyring(tmp_path: Path) -> KeyRing:
    return _new_keyring(tmp_path / "keys")


def test_a_subject_is_stable_and_one_sectors_own(keyring: KeyRing, tmp_path: Path) -> None:
    assert subject_of(keyring, "a", "per_1") == subject_of(keyring, "a", "per_1")
    others = {
        subject_of(keyring, "b", "per_1"),
        subject_of(keyring, "a", "per_2"),
        subject_of(_new_keyring(tmp_path / "other"), "a", "per_1"),
        client_sid(keyring.secret(PAIRWISE_SECRET), "a"),
    }
    assert len(others | {subject_of(keyring, "a", "per_1")}) == 5


def test_parts_cannot_run_into_each_other(keyring: KeyRing) -> None:
    assert subject_of(keyring, "ab", "c") != subject_of(keyring, "a", "bc")


def test_a_subject_does_not_contain_the_persons_id(keyring: KeyRing) -> None:
    sub = subject_of(keyring, "example.test.bus", "per_lin")
    assert len(sub) == 43
    assert "lin" not in sub


def _new_keyring(folder: Path) -> KeyRing:
    keyring = KeyRing(folder)
    keyring.make_secret(PAIRWISE_SECRET)
    return keyring
