"""Which text is accepted from outside: what both databases store, and for files what can be printed."""

import json
import re
import unicodedata
from typing import Any

from minzhengtong.base.errors import InvalidInput

MAX_DEPTH = 32

_NOT_STORED = re.compile(r"[\x00\ud800-\udfff]")
"""PostgreSQL stores neither NUL nor a lone surrogate; SQLite stores NUL only."""
_NOT_PRINTED = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Control characters other than tab and line feed, those of UAX #9 that turn the direction of the text after
them, and lone surrogates."""
_BLANK_LETTERS = "\u115f\u1160\u3164\uffa0"
"""The fillers of Hangul: letters that are drawn as nothing."""


class FileRefused(InvalidInput):
    """A file of JSON that cannot be read, or holds text that cannot be stored or printed."""

    code = "file_refused"
    title = "The file cannot be used"


def is_storable(text: str) -> bool:
    """Whether both databases store the text."""
    return _NOT_STORED.search(text) is None


def is_readable(text: str) -> bool:
    """Whether a reader sees a letter or a digit in the text."""
    return any(unicodedata.category(one)[0] in "LN" and one not in _BLANK_LETTERS for one in text)


def storable(text: str) -> str:
    """The text of an error or of a file's name, with a mark in place of what cannot be stored or printed."""
    return _NOT_PRINTED.sub("\N{REPLACEMENT CHARACTER}", text)


def read_json(data: bytes) -> Any:
    """Read a file of JSON, and check each text and name in it.

    Raises: FileRefused, with the place of the first text that cannot be stored or printed.
    """
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise FileRefused("JSON in UTF-8", storable(str(error)[:200])) from error
    _check_texts(value)
    return value


def _check_texts(value: Any) -> None:
    waiting = [("", value)]
    for _ in range(MAX_DEPTH):  # level by level, so that no depth ends in a RecursionError
        below: list[tuple[str, Any]] = []
        for place, part in waiting:
            if isinstance(part, str):
                _check_text(place, part)
            elif isinstance(part, list):
                below += [(f"{place}.{number}", inner) for number, inner in enumerate(part)]
            elif isinstance(part, dict):
                for name, inner in part.items():
                    _check_text(f"a name in {place or 'the file'}", name)
                    below.append((f"{place}.{name}", inner))
        waiting = below
    if waiting:
        raise FileRefused(f"at most {MAX_DEPTH} levels", "more")


def _check_text(place: str, text: str) -> None:
    if bad := _NOT_PRINTED.search(text):
        expected = f"{place.removeprefix('.')}: text without control characters and lone surrogates"
        raise FileRefused(expected, f"U+{ord(bad[0]):04X} at {bad.start()}")
