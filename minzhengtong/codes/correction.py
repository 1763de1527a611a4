"""Reed-Solomon error correction of a QR block over GF(256); no layout, no drawing."""

from functools import cache

_FIELD_POLYNOMIAL = 0x11D  # x^8 + x^4 + x^3 + x^2 + 1, ISO/IEC 18004 §7.5.2


def parity(block: bytes, size: int) -> bytes:
    """Return the `size` error correction codewords of a block of data codewords."""
    table = _table(size)
    shift = 8 * (size - 1)
    mask = (1 << shift) - 1
    remainder = 0
    for byte in block:
        remainder = (remainder & mask) << 8 ^ table[remainder >> shift ^ byte]
    return remainder.to_bytes(size, "big")


@cache
def _table(size: int) -> list[int]:
    """Multiply the generator polynomial, without its leading 1, by every byte."""
    generator, root = [1], 1
    for _ in range(size):
        generator = [a ^ _times(b, root) for a, b in zip([*generator, 0], [0, *generator], strict=True)]
        root = _times(root, 2)
    return [int.from_bytes([_times(factor, byte) for factor in generator[1:]]) for byte in range(256)]


def _times(a: int, b: int) -> int:
    product = 0
    while b:
        product ^= a if b & 1 else 0
        a = a << 1 ^ (_FIELD_POLYNOMIAL if a & 0x80 else 0)
        b >>= 1
    return product
