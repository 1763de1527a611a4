"""Identifiers sort by time and do not repeat; secrets are long."""

import re
from datetime import datetime, timedelta

from minzhengtong.base.ids import new_id, new_secret


def test_newer_ids_sort_later(now: datetime) -> None:
    moments = [now + timedelta(milliseconds=step) for step in (0, 1, 2, 1_000, 86_400_000, 10**11)]
    ids = [new_id("pay", at) for at in moments]
    assert ids == sorted(ids)
    assert all(re.fullmatch(r"pay_[0-9a-hjkmnp-tv-z]{24}", made) for made in ids)


def test_ids_of_one_moment_differ(now: datetime) -> None:
    assert len({new_id("evt", now) for _ in range(5_000)}) == 5_000


def test_secrets_are_256_bits_of_safe_characters() -> None:
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", secret) for secret in secrets)
