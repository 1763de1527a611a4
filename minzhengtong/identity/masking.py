"""Masks names and numbers."""


def mask_name(name: str) -> str:
    """Keep the first character, and the last one from three on: 吴小波 → 吴*波, 何安 → 何*."""
    if len(name) < 3:
        return name[:1] + "*"
    return name[0] + "*" * (len(name) - 2) + name[-1]


def mask_phone(phone: str) -> str:
    """Keep the first three and the last four digits."""
    return phone[:3] + "****" + phone[-4:]


def mask_id_number(number: str) -> str:
    """Keep the first and the last character; the usual first six and last four tell birthplace and sex."""
    return number[0] + "*" * (len(number) - 2) + number[-1]
