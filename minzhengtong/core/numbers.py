"""Numbers of people (GB 11643-1999) and of organisations (GB 32100-2015). Knows no list of divisions."""

import re
from datetime import date

from minzhengtong.core.errors import InvalidInput

SIMULATOR_AREA = "359999"
"""A division code that GB/T 2260 never assigned: every number made here carries it."""

_ID_FORM = re.compile(r"[1-9][0-9]{16}[0-9Xx]")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, S, V, Z
_USCC_FORM = re.compile(f"[{_USCC_ALPHABET}]{{2}}[0-9]{{6}}[{_USCC_ALPHABET}]{{10}}")
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def id_check_character(first17: str) -> str:
    """The 18th character of an ID number: ISO 7064 MOD 11-2."""
    total = sum(int(digit) * weight for digit, weight in zip(first17, _ID_WEIGHTS, strict=True))
    return _ID_CHECKS[total % 11]


def check_id_number(text: str) -> str:
    """Return an ID number as it is written, its `x` made upper case.

    The address is that of the first registration, so retired and foreign ones are right too.
    Raises: InvalidInput, without the number in it.
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


def organisation_check_character(first8: str) -> str:
    """The 9th character of an organisation code (GB 11714), which stands inside a credit code."""
    total = sum(int(c, 36) * weight for c, weight in zip(first8, _ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]


def uscc_check_character(first17: str) -> str:
    """The 18th character of a unified social credit code."""
    total = sum(_USCC_ALPHABET.index(c) * weight for c, weight in zip(first17, _USCC_WEIGHTS, strict=True))
    return _USCC_ALPHABET[-total % 31]


def check_uscc(text: str) -> str:
    """Return a unified social credit code when its form and both check characters hold.

    Raises: InvalidInput.
    """
    if not _USCC_FORM.fullmatch(text):
        raise InvalidInput("a credit code of 18 characters as in GB 32100", "another form")
    if organisation_check_character(text[8:16]) != text[16] or uscc_check_character(text[:17]) != text[17]:
        raise InvalidInput("the check characters of GB 32100 and GB 11714", text[16:])
    return text


def make_uscc(authority_and_kind: str, organisation: str) -> str:
    """Make a synthetic credit code, such as of `91` (market regulation, enterprise) and `00000001`."""
    organisation += organisation_check_character(organisation)
    first17 = authority_and_kind + SIMULATOR_AREA + organisation
    return first17 + uscc_check_character(first17)
