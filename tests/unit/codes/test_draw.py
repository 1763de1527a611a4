"""Drawing: the same modules as the qrcode library in every version, level and mask; SVG and PNG show them."""

import re
from io import BytesIO
from random import Random
from xml.etree import ElementTree as ET

import pytest
from PIL import Image
from qrcode import QRCode, constants
from qrcode.util import BIT_LIMIT_TABLE, MODE_ALPHA_NUM, QRData

from minzhengtong.codes.base45 import ALPHABET
from minzhengtong.codes.draw import LEVEL, VERSION, draw_png, draw_svg, modules
from minzhengtong.codes.read import read_picture
from tests.unit.codes.minting import MAP, mint

LEVELS = "LMQH"


def capacity(version: int, level: str) -> int:
    """Count the characters that fit, from the library's own table of bits."""
    bits = BIT_LIMIT_TABLE[getattr(constants, f"ERROR_CORRECT_{level}")][version]
    left = bits - 4 - (9 if version < 10 else 11 if version < 27 else 13)
    return int(left // 11 * 2 + (left % 11 >= 6))


def library_modules(text: str, version: int, level: str, mask: int) -> list[int]:
    correction = getattr(constants, f"ERROR_CORRECT_{level}")
    symbol = QRCode(version=version, error_correction=correction, mask_pattern=mask)
    symbol.add_data(QRData(text.encode(), mode=MODE_ALPHA_NUM), optimize=0)
    symbol.make(fit=False)
    return [int("".join("01"[bool(dark)] for dark in row), 2) for row in symbol.modules]


# All versions with all masks; the four levels take turns, so that each meets every version with two masks.
# All 1,280 would take the library a minute and differ only in tables that these 320 already read.
@pytest.mark.parametrize("version", range(1, 41))
def test_modules_are_the_librarys(version: int) -> None:
    random = Random(version)
    for mask in range(8):
        level = LEVELS[(version + mask) % 4]
        most = capacity(version, level)
        length = (most, most - 1, 1, random.randint(1, most))[mask // 2]
        text = "".join(random.choices(ALPHABET, k=length))
        drawn = modules(text, version=version, level=level, mask=mask)
        assert drawn == library_modules(text, version, level, mask), (level, mask, length)


@pytest.mark.parametrize("mask", range(8))
def test_modules_of_the_symbol_in_use_are_the_librarys_under_every_mask(mask: int) -> None:
    for text in (mint(), "A" * capacity(VERSION, LEVEL), "0"):
        assert modules(text, mask=mask) == library_modules(text, 9, "Q", mask), text


def test_what_the_phone_shows_is_the_librarys() -> None:
    for number in range(20):
        text = mint({**MAP, 7: number.to_bytes(8)})
        assert modules(text) == library_modules(text, 9, "Q", 6), text


def test_svg_shows_the_modules() -> None:
    text = mint()
    root = ET.fromstring(draw_svg(text, "一码通 <1>"))
    assert root.attrib["viewBox"] == "0 0 61 61"
    assert root.attrib["role"] == "img"
    title, paper, ink = root
    assert title.text == "一码通 <1>"
    assert (paper.attrib["fill"], paper.attrib["d"]) == ("#fff", "M0 0h61v61H0z")
    rows = [0] * 53
    for line in ink.attrib["d"].split("M")[1:]:
        start, moves = re.match(r"0 (\d+)\.5(.*)", line).groups()  # type: ignore[union-attr]
        x = 0
        for kind, length in re.findall(r"([mh])(\d+)", moves):
            if kind == "h":
                rows[int(start) - 4] |= ((1 << int(length)) - 1) << (57 - x - int(length))
            x += int(length)
    assert rows == modules(text)


def test_svg_has_neither_style_nor_script() -> None:
    assert not re.search(r"style|script|on\w+=|href", draw_svg(mint(), "code"))


@pytest.mark.parametrize("scale", [1, 3, 8])
def test_png_shows_the_modules(scale: int) -> None:
    text = mint()
    data = draw_png(text, scale=scale)
    picture = Image.open(BytesIO(data))
    assert (picture.mode, picture.size) == ("1", (61 * scale, 61 * scale))
    small = picture.resize((61, 61), Image.Resampling.NEAREST)
    assert small.resize(picture.size, Image.Resampling.NEAREST).tobytes() == picture.tobytes()
    pixels = [[small.getpixel((x, y)) == 0 for x in range(61)] for y in range(61)]
    rows = [int("".join("01"[dark] for dark in row), 2) for row in pixels]
    assert rows[:4] == rows[-4:] == [0] * 4
    assert rows[4:-4] == [row << 4 for row in modules(text)]


@pytest.mark.parametrize("scale", [2, 3, 8])
def test_what_is_drawn_is_read(scale: int) -> None:
    assert read_picture(draw_png(mint(), scale=scale)) == mint()


def test_digits_are_drawn_and_read() -> None:
    assert read_picture(draw_png("780000000000000125")) == "780000000000000125"


@pytest.mark.parametrize("text", ["mz1:", "MZ1,", "一码通", "A\n", "A\ud800"])
def test_only_alphanumeric_text_is_drawn(text: str) -> None:
    with pytest.raises(ValueError, match="digits, capitals"):
        draw_png(text)


def test_text_must_fit() -> None:
    assert modules("A" * 189)
    with pytest.raises(ValueError, match="190 characters do not fit into 1056 bits"):
        modules("A" * 190)


@pytest.mark.parametrize(("version", "level", "mask"), [(0, "Q", 0), (41, "Q", 0), (9, "q", 0), (9, "Q", 8)])
def test_symbol_must_exist(version: int, level: str, mask: int) -> None:
    with pytest.raises(ValueError, match="there is no QR symbol"):
        modules("A", version=version, level=level, mask=mask)
