"""Builds identifiers of certificates as GB/T 36904-2018 defines them."""

ROOT = "1.2.156.3005.2"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def check_character(text: str) -> str:
    """Return the check character of a `0-9A-Z` text: ISO 7064 MOD 37,36, as GB/T 36904 prescribes."""
    product = 36
    for character in text:
        product = ((product + _ALPHABET.index(character)) % 36 or 36) * 2 % 37
    return _ALPHABET[(37 - product) % 36]


def make_number(type_code: str, issuer_code: str, serial: str, version: int) -> str:
    """Build an identifier. Its check character covers type, issuer, serial and version, without dots."""
    parts = (type_code, issuer_code, serial, f"{version:03d}")
    return ".".join((ROOT, *parts, check_character("".join(parts))))
