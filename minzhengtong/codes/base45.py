"""Base45 (RFC 9285), read strictly: each value has exactly one spelling."""

from functools import cache
from struct import unpack

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

_PAIRS = [low + high for high in ALPHABET for low in ALPHABET]
_FOREIGN = 0xFF
_DIGITS = bytes(ALPHABET.find(chr(byte)) & _FOREIGN for byte in range(256))


class Base45Error(ValueError):
    """Raised when a text is not base45; the message says why."""


def encode(data: bytes) -> str:
    """Encode bytes: two bytes become three characters, the least significant digit first."""
    even = len(data) & ~1
    text = "".join(
        [_PAIRS[word % 2025] + ALPHABET[word // 2025] for word in unpack(f">{even // 2}H", data[:even])]
    )
    return text + _PAIRS[data[-1]] if len(data) & 1 else text


def decode(text: str) -> bytes:
    """Decode upper-case base45 in which no group exceeds what its bytes can hold.

    Raises: Base45Error.
    """
    try:
        digits = text.encode("ascii").translate(_DIGITS)
    except UnicodeEncodeError as error:
        raise Base45Error("a character outside ASCII") from error
    if _FOREIGN in digits:
        raise Base45Error("a character outside the base45 alphabet")
    groups, left = divmod(len(digits), 3)
    if left == 1:
        raise Base45Error("a single character left over")
    ones = _lanes(groups)
    number = int.from_bytes(digits[: groups * 3], "little")
    words = (number & ones) + 45 * (number >> 8 & ones) + 2025 * (number >> 16 & ones)
    last = digits[-2] + 45 * digits[-1] if left else 0
    if words & ones << 16 or last > 0xFF:
        raise Base45Error("a group above the value its bytes can hold")
    lanes = words.to_bytes(groups * 3, "little")
    data = bytearray(groups * 2)
    data[0::2], data[1::2] = lanes[1::3], lanes[0::3]
    return bytes(data) + bytes([last] if left else [])


@cache
def _lanes(groups: int) -> int:
    """Return a mask of the lowest byte of each group: `decode` computes all groups in one large integer."""
    return int.from_bytes(b"\xff\x00\x00" * groups, "little")
