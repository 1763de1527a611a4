"""Every domain error has a code of its own and a row in the table; every reason has words."""

import importlib
import pkgutil

import pytest

import minzhengtong
from minzhengtong.base.errors import DomainError
from minzhengtong.codes.reasons import Reason
from minzhengtong.web.kit import errors, words


def _every_error() -> list[type[DomainError]]:
    for module in pkgutil.walk_packages(minzhengtong.__path__, "minzhengtong."):
        if not module.name.endswith("__main__") and ".migrations." not in module.name:
            importlib.import_module(module.name)
    found, waiting = [], [DomainError]
    while waiting:
        children = waiting.pop().__subclasses__()
        found += children
        waiting += children
    return [error for error in found if error.__module__.startswith("minzhengtong.")]


def test_codes_are_unique_and_named_like_their_fact() -> None:
    codes = [error.code for error in _every_error()]
    assert sorted(codes) == sorted(set(codes))
    assert all(code.isidentifier() and code == code.lower() for code in codes)


def test_every_error_has_a_status() -> None:
    for kind in _every_error():
        error = kind.__new__(kind)
        assert 400 <= errors.status_of(error) < 500, kind


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_words(reason: Reason) -> None:
    assert reason in words.REASONS
