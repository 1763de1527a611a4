"""Claims have the forms of OpenID Connect Core §5.1, and no app is given more than it asked for."""

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from minzhengtong.identity.people import Person, person_by_id
from minzhengtong.oidc.claims import CLAIMS, Wanted, claim_values
from minzhengtong.oidc.claims_request import ClaimsRequest
from minzhengtong.oidc.given import given_claims
from minzhengtong.oidc.subjects import username_of
from minzhengtong.registry.scopes import SCOPES, SETS, needs_consent, scope_named
from tests.unit.oidc.conftest import Provider

PAGE = Path(__file__).parents[3] / "docs" / "claims.md"


@pytest.fixture
def lin(provider: Provider) -> Person:
    with provider.db.read() as conn:
        return person_by_id(conn, "per_lin")


def test_each_claim_has_its_standard_form(lin: Person, now: datetime) -> None:
    assert claim_values(lin, "her sub") == {
        "preferred_username": username_of("her sub"),
        "zoneinfo": "Asia/Shanghai",
        "locale": "zh-CN",
        "name": "林晓闽",
        "name#en": "Lin Xiaomin",
        "family_name": "林",
        "family_name#en": "Lin",
        "given_name": "晓闽",
        "given_name#en": "Xiaomin",
        "updated_at": int(now.timestamp()),
        "gender": "female",
        "birthdate": "1988-06-12",
        "email": "lin@example.com",
        "email_verified": True,
        "phone_number": "10000000001",
        "phone_number_verified": True,
        "address": {
            "formatted": "福建省福州市鼓楼区",
            "region": "福建省",
            "locality": "福州市鼓楼区",
            "country": "中国",
        },
        "address#en": {
            "formatted": "Gulou District, Fuzhou City, Fujian Province",
            "region": "Fujian Province",
            "locality": "Gulou District, Fuzhou City",
            "country": "China",
        },
        "mzt_id_number_masked": "3****************6",
    }


@pytest.mark.parametrize(
    ("change", "claim", "value"),
    [
        ({"phone": None}, "phone_number", None),
        ({"phone": None}, "phone_number_verified", None),
        ({"email": None}, "email", None),
        ({"email": None}, "email_verified", None),
        ({"sex": "M"}, "gender", "male"),
        ({"name": "欧阳晓闽"}, "family_name", "欧阳"),
        ({"name": "古丽·买买提"}, "family_name", None),
        (
            {"home": "350000"},
            "address",
            {"formatted": "福建省", "region": "福建省", "country": "中国"},
        ),
    ],
)
def test_a_claim_of_one_who_is_otherwise(
    lin: Person, change: dict[str, Any], claim: str, value: object
) -> None:
    assert claim_values(replace(lin, **change), "sub")[claim] == value


def test_a_user_name_is_short_and_of_one_subject() -> None:
    names = {username_of(f"sub {number}") for number in range(1000)}
    assert len(names) == 1000
    assert all(re.fullmatch(r"mzt(-[a-z2-7]{4}){3}", name) for name in names)


ALL = ("openid", *CLAIMS)
NAMES = {"name", "name#en", "family_name", "family_name#en", "given_name", "given_name#en"}


@pytest.mark.parametrize(
    ("scopes", "userinfo", "id_token", "given"),
    [
        (["openid"], {}, {}, (set(), set())),
        (["openid", "profile", "profile.name"], {}, {}, (NAMES, set())),
        (["openid"], {"gender": None}, {"family_name": None}, ({"gender"}, {"family_name"})),
        (["openid"], {"gender": ["female"]}, {"gender": ["male"]}, ({"gender"}, set())),
        (["openid", "profile.gender"], {"gender": ["male"]}, {}, ({"gender"}, set())),
        (["openid"], {"phone_number": ["10000000002", "10000000001"]}, {}, ({"phone_number"}, set())),
        (["profile.name"], {"gender": None}, {"gender": None}, (set(), set())),
    ],
)
def test_nothing_is_given_but_what_was_named(
    provider: Provider,
    scopes: list[str],
    userinfo: Wanted,
    id_token: Wanted,
    given: tuple[set[str], set[str]],
) -> None:
    with provider.db.read() as conn:
        found = given_claims(conn, "per_lin", "sub", scopes, ClaimsRequest(userinfo, id_token))
    assert (set(found.userinfo), set(found.id_token)) == given
    assert set(found.names) == given[0] | given[1]


def test_a_child_without_account_has_neither_phone_nor_email(provider: Provider) -> None:
    with provider.db.read() as conn:
        found = given_claims(conn, "per_bao", "sub", ALL, ClaimsRequest())
    assert not {name for name in found.names if name.startswith(("phone", "email"))}
    assert found.userinfo["gender"] == "male"


def test_a_request_is_kept_as_it_was() -> None:
    asked = ClaimsRequest({"gender": None}, {"email": ["a@example.com"]}, frozenset("s"), frozenset("a"))
    assert ClaimsRequest.of_row(asked.to_row()) == ClaimsRequest(asked.userinfo, asked.id_token)
    assert ClaimsRequest(subjects=frozenset("s")).to_row() is None
    assert asked.scopes == ("profile.gender", "profile.email")


def test_every_claim_belongs_to_a_scope_that_is_the_citizens_to_allow() -> None:
    assert {name for name in CLAIMS if not needs_consent(name)} == {"profile.account"}
    assert {member for members in SETS.values() for member in members} < set(CLAIMS)
    assert set(SETS) | set(CLAIMS) < set(SCOPES)


def test_the_page_for_vendors_tells_every_claim_with_its_scope() -> None:
    section = PAGE.read_text("utf-8").split("\n## ")[1]
    rows = re.findall(r"^\| `([\w.]+)` \| ([^|]*) \| ([^|]*) \|", section, re.M)
    told = {name: tuple(re.findall(r"`([\w#]+)`", claims)) for name, _, claims in rows}
    assert told == {"openid": ("sub",), **CLAIMS}
    assert {name: words for name, words, _ in rows} == {
        name: f"{scope_named(name).label} {scope_named(name).label_en}" for name in told
    }
