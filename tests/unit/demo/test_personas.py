"""The demo people are complete, synthetic and of one piece."""

import pytest

from minzhengtong.demo.personas import Persona, load_personas
from minzhengtong.places.divisions import is_division, region_of
from minzhengtong.standards.id_number import check_id_number

PEOPLE = load_personas().people


@pytest.mark.parametrize("persona", PEOPLE, ids=[persona.key for persona in PEOPLE])
def test_nobody_can_be_a_real_person(persona: Persona) -> None:
    number = check_id_number(persona.id_number)
    assert number.startswith("359999")
    assert "FM"[int(number[16]) % 2] == persona.sex
    assert persona.phone is None or (len(persona.phone) == 11 and persona.phone.startswith("100"))
    assert is_division(persona.home, historical=False)


def test_keys_phones_and_numbers_do_not_repeat() -> None:
    assert len({persona.person_id for persona in PEOPLE}) == len(PEOPLE) == 15
    assert len({persona.id_number for persona in PEOPLE}) == 15
    assert len({persona.phone for persona in PEOPLE if persona.phone}) == 14


def test_the_people_of_the_story_are_as_told() -> None:
    people = {persona.key: persona for persona in PEOPLE}
    lin, chen, he, qiu = (people[key] for key in ("lin", "chen", "he", "qiu"))
    assert (lin.balance_fen, region_of(lin.home), lin.frozen) == (50_000, "350100", False)
    assert (chen.born.year, chen.certificates[1]) == (1951, ("senior-card", "issued"))
    assert (he.frozen, people["wu"].balance_fen, people["huang"].certificates) == (True, 0, ())
    assert ("medical-insurance", "revoked") in people["zheng"].certificates
    assert (qiu.roles, qiu.department) == (frozenset({"tester"}), "platform")
    assert load_personas().by_key("qiu") is qiu
    assert load_personas().by_key("nobody") is None
