"""The catalogue of scopes and its families."""

import pytest

from minzhengtong.registry.scopes import (
    SCOPES,
    SETS,
    ScopeUnknown,
    Tier,
    needs_consent,
    scope_named,
    with_members,
)


def test_every_scope_has_words_in_both_languages() -> None:
    for entry in SCOPES.values():
        assert entry.label != entry.label_en
        assert all((entry.label, entry.label_en, entry.reads, entry.reads_en))


@pytest.mark.parametrize(
    ("named", "meant"),
    [
        ("openid", ("openid",)),
        ("phone email", ("phone", "profile.phone", "email", "profile.email")),
        ("profile.name profile", ("profile.name", "profile", *SETS["profile"])),
        ("address profile.address", ("address", "profile.address")),
    ],
)
def test_names_of_openid_connect_mean_sets(named: str, meant: tuple[str, ...]) -> None:
    assert with_members(named.split()) == tuple(dict.fromkeys(meant))


def test_a_set_needs_the_consent_of_its_members() -> None:
    assert {name for name in SETS if needs_consent(name)} == {"profile", "email", "phone", "address"}
    assert not any(map(needs_consent, ("openid", "profile.account", "pay.collect")))


def test_a_scope_of_a_family_keeps_its_full_name() -> None:
    assert scope_named("cert.verify:senior-card").name == "cert.verify:senior-card"
    assert scope_named("code.verify:transit").tier is Tier.OPERATOR


@pytest.mark.parametrize("name", ["", "cert.verify", "cert.verify:", "profile.salary", "openid:x"])
def test_an_unknown_scope_is_refused(name: str) -> None:
    with pytest.raises(ScopeUnknown):
        scope_named(name)
