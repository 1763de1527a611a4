"""Fen as people read them, and what may be charged."""

import pytest

from minzhengtong.base.errors import InvalidInput
from minzhengtong.base.money import MAX_AMOUNT_FEN, check_amount_fen, format_fen


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (0, "¥0.00"),
        (7, "¥0.07"),
        (200, "¥2.00"),
        (-5, "-¥0.05"),
        (-250, "-¥2.50"),
        (123_456_789, "¥1,234,567.89"),
    ],
)
def test_fen_are_written_as_yuan(fen: int, text: str) -> None:
    assert format_fen(fen) == text


def test_amounts_end_where_the_limit_says() -> None:
    assert [check_amount_fen(0), check_amount_fen(MAX_AMOUNT_FEN)] == [0, MAX_AMOUNT_FEN]
    for amount in (-1, MAX_AMOUNT_FEN + 1, 2**63):
        with pytest.raises(InvalidInput):
            check_amount_fen(amount)
