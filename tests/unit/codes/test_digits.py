"""Format A0: the published check digit, detection of wrong digits, and how people type digits."""

import pytest

from minzhengtong.codes.cose import CodeRefused
from minzhengtong.codes.digits import check_digits, new_digits, read_digits
from minzhengtong.codes.reasons import Reason

DIGITS = "780000000000000125"


def test_check_digit_agrees_with_a_published_number() -> None:
    assert check_digits("07945")  # the worked example of ISO/IEC 7064 for MOD 11,10
    assert not check_digits("07946")


def test_new_digits_are_valid_and_differ() -> None:
    made = {new_digits() for _ in range(1000)}
    assert len(made) == 1000
    assert all(read_digits(digits) == digits for digits in made)


def test_every_single_wrong_digit_is_detected() -> None:
    slips = [DIGITS[:i] + wrong + DIGITS[i + 1 :] for i in range(18) for wrong in "0123456789"]
    assert [slip for slip in slips if check_digits(slip)] == [DIGITS] * 18


@pytest.mark.parametrize(
    "text", [DIGITS, "7800 0000 0000 0001 25", f"  {DIGITS}\n", "780000\u3000000000 000125"]
)
def test_spaces_between_digits_are_ignored(text: str) -> None:
    assert read_digits(text) == DIGITS


@pytest.mark.parametrize(
    "text",
    [
        "",
        DIGITS[:-1],
        DIGITS + "0",
        DIGITS[:-1] + "0",
        "100000000000000000",
        "７" + DIGITS[1:],
        "78-" + DIGITS[2:-1],
    ],
)
def test_other_texts_are_refused_as_not_a_code(text: str) -> None:
    with pytest.raises(CodeRefused) as caught:
        read_digits(text)
    assert caught.value.reason is Reason.NOT_A_CODE
    assert text == "" or text not in str(caught.value)
