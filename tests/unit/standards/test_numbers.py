"""ID numbers and credit codes against published examples."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minzhengtong.base.errors import InvalidInput
from minzhengtong.standards.id_number import check_id_number, make_id_number
from minzhengtong.standards.uscc import check_uscc, make_uscc


@pytest.mark.parametrize(
    "number", ["11010519491231002X", "360426199101010071", "359999198001010012", "359999199003070013"]
)
def test_known_id_numbers_are_accepted(number: str) -> None:
    assert check_id_number(number) == number


def test_a_lower_case_x_becomes_upper_case() -> None:
    assert check_id_number("11010519491231002x") == "11010519491231002X"


@pytest.mark.parametrize(
    "number",
    [
        "359999199902290028",  # 1999 had no 29 February; the check character is right
        "110105194912310021",
        "110105491231002",  # 15 digits: invalid as a document since 2013
        "11010519491231002X ",
        "１10105194912310021",  # a full-width digit
        "",
    ],
)
def test_wrong_id_numbers_are_refused_and_not_repeated_in_the_error(number: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_id_number(number)
    assert not number or number not in str(refused.value)


@given(st.dates(min_value=date(1900, 1, 1)), st.integers(0, 999), st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_is_detected(born: date, sequence: int, place: int, shift: int) -> None:
    number = make_id_number(born, f"{sequence:03d}")
    assert check_id_number(number) == number
    digit = "0123456789X".index(number[place])
    altered = number[:place] + str((digit + shift) % 10) + number[place + 1 :]
    if altered != number:
        with pytest.raises(InvalidInput):
            check_id_number(altered)


@pytest.mark.parametrize(
    "code", ["91110000600037341L", "91350000158142711F", "11100000000013338W", "11100000MB03271699"]
)
def test_known_credit_codes_are_accepted(code: str) -> None:
    assert check_uscc(code) == code


@pytest.mark.parametrize(
    "code",
    [
        "91110000600037341M",
        "91110000600037342L",
        "9111000060003734IL",
        "91110000600037341l",
        "9111000060003734",
    ],
)
def test_wrong_credit_codes_are_refused(code: str) -> None:
    with pytest.raises(InvalidInput):
        check_uscc(code)


def test_synthetic_credit_codes_contain_the_simulator_area() -> None:
    assert make_uscc("91", "00000001") == "91359999000000019L"
    assert make_uscc("91", "MA000001") == "91359999MA0000015B"
