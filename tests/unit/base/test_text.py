"""Text of files: what cannot be stored or printed is refused with its place."""

import json
from typing import Any

import pytest

from minzhengtong.base.text import FileRefused, is_readable, is_storable, read_json, storable


@pytest.mark.parametrize(
    ("value", "expected", "received"),
    [
        ({"a": {"b": ["x", "y\ud800"]}}, "a.b.1: text", "U+D800 at 1"),
        ({"a": "\x00"}, "a: text", "U+0000 at 0"),
        ({"a": "\x1b[31m"}, "a: text", "U+001B at 0"),
        ({"a": "ok\x85"}, "a: text", "U+0085 at 2"),
        ({"a": "gpj.\u202eexe"}, "a: text", "U+202E at 4"),
        ({"a": "\u2066x"}, "a: text", "U+2066 at 0"),
        ({"a": {"\x07": 1}}, "a name in .a: text", "U+0007 at 0"),
        ({"\udfff": 1}, "a name in the file: text", "U+DFFF at 0"),
        ("\x7f", ": text", "U+007F at 0"),
    ],
)
def test_text_that_cannot_be_stored_or_printed(value: Any, expected: str, received: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read_json(json.dumps(value).encode())
    assert refused.value.expected == f"{expected} without control characters and lone surrogates"
    assert refused.value.received == received


@pytest.mark.parametrize(
    "data", [b"", b"{", b"\xff\x00", b'"\xed\xa0\x80"', b"[" * 100_000, b"[" * 40 + b"]" * 40]
)
def test_bytes_that_are_not_json(data: bytes) -> None:
    with pytest.raises(FileRefused):
        read_json(data)


def test_other_text_is_kept() -> None:
    value = {"名": ["闽政通 😀\n\t", 1, None, True, 1.5, {}]}
    assert read_json(json.dumps(value).encode()) == value


@pytest.mark.parametrize(("text", "readable"), [("市图书馆", True), ("é7", True), ("\u200b\u2060", False)])
def test_a_readable_text_has_a_letter_or_digit(text: str, readable: bool) -> None:
    assert is_readable(text) is readable
    assert not any(map(is_readable, ("", "\u3164\u3164", "\u2800\u2800", "\ufe0f\u00ad", "··")))


def test_a_text_is_made_storable() -> None:
    assert storable("a\x00b\ud800c\nd") == "a\ufffdb\ufffdc\nd"
    assert not is_storable("\x00")
    assert is_storable(storable("\x00\udfff"))
