"""Masked names and numbers."""

from minzhengtong.identity.masking import mask_id_number, mask_name, mask_phone


def test_names_keep_first_and_last_character() -> None:
    assert [mask_name(name) for name in ("何安", "吴小波", "欧阳文静", "林")] == [
        "何*",
        "吴*波",
        "欧**静",
        "林*",
    ]


def test_phones_keep_seven_digits() -> None:
    assert mask_phone("10012345678") == "100****5678"


def test_id_numbers_keep_neither_birthplace_nor_sex() -> None:
    assert mask_id_number("35999919990505205X") == "3" + "*" * 16 + "X"
