"""Base45: the vectors of RFC 9285, agreement with the base45 library, exactly one spelling."""

import base45 as library
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minzhengtong.codes.base45 import ALPHABET, Base45Error, decode, encode


@pytest.mark.parametrize(
    ("data", "text"), [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"", "")]
)
def test_vectors_of_rfc_9285(data: bytes, text: str) -> None:
    assert encode(data) == text
    assert decode(text) == data


@given(st.binary(max_size=300))
def test_agrees_with_the_library(data: bytes) -> None:
    assert encode(data) == library.b45encode(data).decode()
    assert decode(encode(data)) == data


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bb8", "base45 alphabet"),
        ("BB8BB,", "base45 alphabet"),
        ("BB8\n", "base45 alphabet"),
        ("BB８", "outside ASCII"),
        ("BB\udc80", "outside ASCII"),
        ("B", "single character"),
        ("BB8B", "single character"),
        ("GGX", "above"),  # 65536, one more than two bytes hold
        (":::", "above"),
        ("U5", None),  # 255
        ("V5", "above"),  # 256
    ],
)
def test_other_spellings_are_refused(text: str, message: str | None) -> None:
    if message is None:
        assert decode(text) == b"\xff"
        return
    with pytest.raises(Base45Error, match=message):
        decode(text)


@given(st.text(alphabet=ALPHABET, max_size=40))
def test_accepted_text_is_encoded_back_to_itself(text: str) -> None:
    try:
        data = decode(text)
    except Base45Error:
        return
    assert encode(data) == text
