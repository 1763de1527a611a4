"""The claims of a person (OpenID Connect Core §5): which scope grants which, and their values."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from minzhengtong.identity.masking import mask_id_number
from minzhengtong.identity.names import split_name, split_name_en
from minzhengtong.identity.people import Person
from minzhengtong.oidc.subjects import username_of
from minzhengtong.places.divisions import lineage

CLAIMS: dict[str, tuple[str, ...]] = {
    "profile.account": ("preferred_username", "zoneinfo", "locale"),
    "profile.name": (
        "name",
        "name#en",
        "family_name",
        "family_name#en",
        "given_name",
        "given_name#en",
    ),
    "profile.gender": ("gender",),
    "profile.birthdate": ("birthdate",),
    "profile.updated_at": ("updated_at",),  # to the second, so it can link the subjects of one person
    "profile.email": ("email", "email_verified"),
    "profile.phone": ("phone_number", "phone_number_verified"),
    "profile.address": ("address", "address#en"),
    "profile.idno_masked": ("mzt_id_number_masked",),
}
SCOPE_OF_CLAIM = {claim: scope for scope, claims in CLAIMS.items() for claim in claims}

Wanted = Mapping[str, Sequence[Any] | None]
"""Claims by name, each with the values that will do, or None for any value."""


def claim_names(scopes: Iterable[str]) -> list[str]:
    """The names of the claims that these scopes grant."""
    return [claim for scope in scopes for claim in CLAIMS.get(scope, ())]


def claim_values(person: Person, sub: str) -> dict[str, Any]:
    """Every claim of `CLAIMS` in the form of §5.1, for the app that knows this person as `sub`.

    One that the person has no value for is None.
    """
    family_name, given_name = split_name(person.name)
    family_name_en, given_name_en = split_name_en(person.name_en)
    return {
        "preferred_username": username_of(sub),
        "zoneinfo": "Asia/Shanghai",
        "locale": "zh-CN",
        "name": person.name,
        "name#en": person.name_en,
        "family_name": family_name,
        "family_name#en": family_name_en,
        "given_name": given_name,
        "given_name#en": given_name_en,
        "updated_at": int(person.created_at.timestamp()) if person.created_at else None,
        "gender": {"F": "female", "M": "male"}[person.sex],
        "birthdate": person.born.isoformat(),
        "email": person.email,
        "email_verified": True if person.email else None,
        "phone_number": person.phone,
        "phone_number_verified": True if person.phone else None,
        "address": _address(person.home),
        "address#en": _address_en(person.home),
        "mzt_id_number_masked": mask_id_number(person.id_number),
    }


def _address(home: str) -> dict[str, str]:
    """The address claim (§5.1.1), down to the county: nobody registers a street."""
    province, *below = (place.name for place in lineage(home))
    parts = {"region": province, "locality": "".join(below)}
    return {"formatted": province + parts["locality"], **_filled(parts), "country": "中国"}


def _address_en(home: str) -> dict[str, str]:
    province, *below = (place.name_en for place in lineage(home))
    parts = {"region": province, "locality": ", ".join(reversed(below))}
    return {"formatted": ", ".join((*reversed(below), province)), **_filled(parts), "country": "China"}


def _filled(parts: Mapping[str, str]) -> dict[str, str]:
    """Without the locality of one whose home is the province."""
    return {name: text for name, text in parts.items() if text}
