"""The catalogue of scopes and its families."""

import pytest

from minzhengtong.registry.scopes import SCOPES, ScopeUnknown, Tier, scope_named


def test_every_scope_has_words_in_both_languages() -> None:
    for entry in SCOPES.values():
        assert entry.label != entry.label_en
        assert all((entry.label, entry.label_en, entry.reads, entry.reads_en))


def test_names_of_openid_connect_are_aliases() -> None:
    assert scope_named("profile") is SCOPES["profile.name"]
    assert scope_named("phone") is SCOPES["profile.phone"]


def test_a_scope_of_a_family_keeps_its_full_name() -> None:
    assert scope_named("cert.verify:senior-card").name == "cert.verify:senior-card"
    assert scope_named("code.verify:transit").tier is Tier.OPERATOR


@pytest.mark.parametrize("name", ["", "cert.verify", "cert.verify:", "profile.salary", "openid:x"])
def test_an_unknown_scope_is_refused(name: str) -> None:
    with pytest.raises(ScopeUnknown):
        scope_named(name)
