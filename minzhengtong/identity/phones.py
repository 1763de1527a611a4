"""The one spelling of a phone number: its eleven digits."""

import re
from unicodedata import normalize

_NEITHER_DIGIT_NOR_PLUS = re.compile(r"[^\w+]|_")
_MAINLAND = re.compile(r"(?:(?:\+|00)?86)?([0-9]{11})")
LONGEST = 100


def phone_number(text: str) -> str:
    """The eleven digits of a mainland number, with or without +86 or 0086 and however they are grouped.

    Full-width digits count as digits; blanks, marks and invisible characters do not count. Any other text is
    returned without them, at most `LONGEST` characters: it is no account's number.
    """
    compact = _NEITHER_DIGIT_NOR_PLUS.sub("", normalize("NFKC", text[:LONGEST]))
    found = _MAINLAND.fullmatch(compact)
    return found[1] if found else compact
