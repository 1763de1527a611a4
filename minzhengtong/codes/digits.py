"""Makes and checks format A0: the 18 digits shown below the picture, which name a row of the database.

They are `78`, 15 random digits and a check digit by ISO 7064 MOD 11,10. It detects every single wrong digit
and nearly every exchange of neighbours. It is no protection against forgery: anybody can compute it.
"""

from secrets import randbelow

from minzhengtong.codes.cose import CodeRefused, CodeStep
from minzhengtong.codes.reasons import Reason

RANGE = "78"  # a range of our own: payment codes in use in China begin with 10-15 or 25-30
LENGTH = 18


def new_digits() -> str:
    """Make 18 digits that cannot be guessed; the caller checks that they are not in use."""
    body = f"{RANGE}{randbelow(10**15):015d}"
    return body + str((1 - _carry(body)) % 10)


def read_digits(text: str) -> str:
    """Return the 18 digits of a text, without the spaces between their groups.

    Raises: CodeRefused (not_a_code).
    """
    digits = "".join(text.split())
    if len(digits) != LENGTH or not (digits.isascii() and digits.isdigit() and digits.startswith(RANGE)):
        received = f"{len(digits)} characters"
    elif not check_digits(digits):
        received = f"{LENGTH} digits with a wrong check digit"
    else:
        return digits
    raise CodeRefused(
        Reason.NOT_A_CODE,
        f"{LENGTH} digits that begin with {RANGE} and end with their check digit",
        received,
        CodeStep.TEXT,
    )


def check_digits(digits: str) -> bool:
    """Return whether the last of these ASCII digits is the check digit of the others."""
    return (_carry(digits[:-1]) + int(digits[-1])) % 10 == 1


def _carry(digits: str) -> int:
    # ISO/IEC 7064, hybrid system MOD 11,10.
    carry = 10
    for digit in digits:
        carry = ((carry + int(digit)) % 10 or 10) * 2 % 11
    return carry
