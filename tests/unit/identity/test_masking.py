"""Masked names and numbers."""

import pytest

from minzhengtong.identity.masking import mask_id_number, mask_name, mask_phone


def test_names_keep_first_and_last_character_of_each_word() -> None:
    names = ("何安", "吴小波", "欧阳文静", "林", "He An", "Wu Xiaobo")
    assert [mask_name(name) for name in names] == ["何*", "吴*波", "欧**静", "林*", "H* A*", "W* X****o"]


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("葛\U000e0100城", "葛\U000e0100*"),
        ("葛\U000e0100小\ufe00城", "葛\U000e0100*城"),
        ("e\u0301a\u0308o\u0302", "e\u0301*o\u0302"),
        ("e\u0301a", "e\u0301*"),
        ("각\u1100\u1161\u11a8힣", "각*힣"),
        ("", "*"),
    ],
)
def test_a_character_is_what_a_reader_takes_for_one(name: str, masked: str) -> None:
    assert mask_name(name) == masked


def test_phones_keep_seven_digits() -> None:
    assert mask_phone("10012345678") == "100****5678"


def test_id_numbers_keep_neither_birthplace_nor_sex() -> None:
    assert mask_id_number("35999919990505205X") == "3" + "*" * 16 + "X"
