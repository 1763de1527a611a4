"""Checks and makes identity numbers of people (GB 11643-1999)."""

import re
from datetime import date

from minzhengtong.base.errors import InvalidInput

SIMULATOR_AREA = "359999"
"""A division code that GB/T 2260 never assigned: every number made here carries it."""

_ID_FORM = re.compile(r"[1-9][0-9]{16}[0-9Xx]")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"


def id_check_character(first17: str) -> str:
    """Return the 18th character of an ID number: ISO 7064 MOD 11-2."""
    total = sum(int(digit) * weight for digit, weight in zip(first17, _ID_WEIGHTS, strict=True))
    return _ID_CHECKS[total % 11]


def check_id_number(text: str) -> str:
    """Return a valid ID number, with a final `x` in upper case.

    The division is not checked: it is that of the first registration, so it may be retired or elsewhere.
    Raises: InvalidInput; its text does not contain the number.
    """
    if not _ID_FORM.fullmatch(text):
        raise InvalidInput("an ID number of 17 digits and a check character", "another form")
    try:
        date.fromisoformat(text[6:14])
    except ValueError as error:
        raise InvalidInput("a birth date that exists", "another date") from error
    if id_check_character(text[:17]) != text[17].upper():
        raise InvalidInput("the check character of GB 11643", "another one")
    return text.upper()


def make_id_number(born: date, sequence: str) -> str:
    """Make a synthetic ID number; an odd `sequence` of three digits is male, an even one female."""
    first17 = f"{SIMULATOR_AREA}{born:%Y%m%d}{sequence}"
    return first17 + id_check_character(first17)
