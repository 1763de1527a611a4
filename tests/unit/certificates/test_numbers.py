"""Identifiers of certificates against published ones."""

import pytest

from minzhengtong.certificates.numbers import check_character, make_number
from minzhengtong.standards.uscc import check_uscc
from minzhengtong.wants.certificate_types import CERTIFICATE_TYPES


@pytest.mark.parametrize(
    ("parts", "check"),
    [
        ("11100000000013338W011.11430000006122244L.20230000403.001", "U"),
        ("11100000000013338W009.11330105002500287C.2025052201.002", "0"),
        ("11100000MB03271699022.340100.000000016.001", "9"),
    ],
)
def test_check_character_is_that_of_real_identifiers(parts: str, check: str) -> None:
    assert check_character(parts.replace(".", "")) == check
    type_code, issuer, serial, version = parts.split(".")
    assert make_number(type_code, issuer, serial, int(version)) == f"1.2.156.3005.2.{parts}.{check}"


@pytest.mark.parametrize("kind", CERTIFICATE_TYPES.values(), ids=lambda kind: kind.id)
def test_issuers_are_simulated_and_their_codes_well_formed(kind) -> None:
    assert check_uscc(kind.issuer_code)[2:8] == "359999"
    assert len(kind.code) == 21
    assert all(len(labels) == 2 and all(labels) for labels in kind.claims.values())


def test_one_wrong_character_changes_the_check() -> None:
    text = "11100000000013338W01111430000006122244L20230000403001"
    wrong = [text[:i] + ("1" if text[i] != "1" else "2") + text[i + 1 :] for i in range(len(text))]
    assert all(check_character(other) != "U" for other in wrong)
