"""Checks and makes unified social credit codes (GB 32100-2015) with their organisation code (GB 11714)."""

import re

from minzhengtong.base.errors import InvalidInput
from minzhengtong.standards.id_number import SIMULATOR_AREA

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, S, V, Z
_USCC_FORM = re.compile(f"[{_USCC_ALPHABET}]{{2}}[0-9]{{6}}[{_USCC_ALPHABET}]{{10}}")
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def organisation_check_character(first8: str) -> str:
    """Return the 9th character of an organisation code (GB 11714), which is part of a credit code."""
    total = sum(int(c, 36) * weight for c, weight in zip(first8, _ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]


def uscc_check_character(first17: str) -> str:
    """Return the 18th character of a unified social credit code (GB 32100)."""
    total = sum(_USCC_ALPHABET.index(c) * weight for c, weight in zip(first17, _USCC_WEIGHTS, strict=True))
    return _USCC_ALPHABET[-total % 31]


def check_uscc(text: str) -> str:
    """Return a unified social credit code if its form and both check characters are right.

    Raises: InvalidInput.
    """
    if not _USCC_FORM.fullmatch(text):
        raise InvalidInput("a credit code of 18 characters as in GB 32100", "another form")
    if organisation_check_character(text[8:16]) != text[16] or uscc_check_character(text[:17]) != text[17]:
        raise InvalidInput("the check characters of GB 32100 and GB 11714", text[16:])
    return text


def make_uscc(authority_and_kind: str, organisation: str) -> str:
    """Make a synthetic credit code, for example from `91` (enterprise, market regulation) and `00000001`."""
    organisation += organisation_check_character(organisation)
    first17 = authority_and_kind + SIMULATOR_AREA + organisation
    return first17 + uscc_check_character(first17)
