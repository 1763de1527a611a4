"""Masks names and numbers."""


def mask_name(name: str) -> str:
    """Keep the first character of each word, and the last one from three on: 吴小波 → 吴*波, 何安 → 何*.

    A character is what a reader takes for one, with its accents and variation selectors (UAX #29).
    """
    return " ".join(map(_mask_word, name.split() or [""]))


def _mask_word(word: str) -> str:
    from regex import findall  # here, because only two pages need its 1.6 MB

    characters: list[str] = findall(r"\X", word)
    if len(characters) < 3:
        return "".join(characters[:1]) + "*"
    return characters[0] + "*" * (len(characters) - 2) + characters[-1]


def mask_phone(phone: str) -> str:
    """Keep the first three and the last four digits."""
    return phone[:3] + "****" + phone[-4:]


def mask_id_number(number: str) -> str:
    """Keep the first and the last character; the usual first six and last four tell birthplace and sex."""
    return number[0] + "*" * (len(number) - 2) + number[-1]
