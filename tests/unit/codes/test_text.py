"""What may surround the text of a code, and texts that a Chinese input method changed."""

import pytest

from minzhengtong.codes.cose import CodeRefused
from minzhengtong.codes.reasons import Reason
from minzhengtong.codes.text import text_of_code
from tests.unit.codes.minting import mint

SURROUNDINGS = [
    ("", "\r\n"),
    ("\r\n", ""),
    ("\t", "\t"),
    ("  ", "\n"),
    ("\ufeff", "\u200b \u3000"),
    ("\x02", "\x03"),
]


@pytest.mark.parametrize(("before", "after"), SURROUNDINGS)
@pytest.mark.parametrize("text", [mint(), "780000000000000125", "780000 000000 000125", "no code"])
def test_what_surrounds_a_text_does_not_belong_to_it(before: str, after: str, text: str) -> None:
    assert text_of_code(before + text + after) == text


def test_a_text_of_blanks_is_empty() -> None:
    assert text_of_code(" \r\n") == ""


@pytest.mark.parametrize(
    "text",
    [
        "ＭＺ１：" + mint()[4:],
        mint().replace(":", "：", 1),
        "７８００００００００００００００１２５",
        "780000。",
    ],
)
def test_full_width_characters_are_refused_by_name(text: str) -> None:
    with pytest.raises(CodeRefused) as caught:
        text_of_code(text)
    assert caught.value.reason is Reason.NOT_A_CODE
    assert "full-width" in caught.value.received
    assert "input method" in caught.value.received


@pytest.mark.parametrize("text", ["é", "你好", "٠"])
def test_other_texts_are_left_to_the_reader_of_codes(text: str) -> None:
    assert text_of_code(text) == text
