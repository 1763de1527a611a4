"""Which claims of a person each scope grants (OpenID Connect Core §5). Does not check consent."""

from collections.abc import Iterable
from typing import Any

from minzhengtong.identity.masking import mask_id_number
from minzhengtong.identity.people import Person

CLAIMS: dict[str, tuple[str, ...]] = {
    "profile.name": ("name", "name#en"),
    "profile.phone": ("phone_number", "phone_number_verified"),
    "profile.idno_masked": ("mzt_id_number_masked",),
}


def claim_names(scopes: Iterable[str]) -> list[str]:
    """The names of the claims that these scopes grant, for the citizen's log."""
    return [claim for scope in scopes for claim in CLAIMS.get(scope, ())]


def person_claims(person: Person, scopes: Iterable[str]) -> dict[str, Any]:
    """The claims themselves, without `sub`."""
    values = {
        "name": person.name,
        "name#en": person.name_en,
        "phone_number": person.phone,
        "phone_number_verified": person.phone is not None,
        "mzt_id_number_masked": mask_id_number(person.id_number),
    }
    return {name: values[name] for name in claim_names(scopes)}
