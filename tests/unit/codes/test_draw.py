"""Drawing: another library reads SVG and PNG back as the text, and every code has the same size."""

import re
from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
from PIL import Image
from zxingcpp import BarcodeFormat, BarcodeFormats, read_barcodes

from minzhengtong.codes.base45 import ALPHABET
from minzhengtong.codes.draw import draw_png, draw_svg
from minzhengtong.codes.read import read_picture
from tests.unit.codes.minting import MAP, mint

TEXTS = [*(mint({**MAP, 7: number.to_bytes(8)}) for number in range(20)), ALPHABET * 4, "0"]


def opened(png: bytes) -> Image.Image:
    return Image.open(BytesIO(png))


def rendered(svg: str) -> Image.Image:
    """Draw the strokes of the SVG's second path on white, one pixel to a module."""
    root = ET.fromstring(svg)
    size = int(root.attrib["viewBox"].split()[2])
    picture = Image.new("1", (size, size), 1)
    for y, moves in re.findall(r"M0 (\d+)\.5([^M]*)", root[2].attrib["d"]):
        x = 0
        for stroke, length in re.findall(r"([mh])(\d+)", moves):
            if stroke == "h":
                picture.paste(0, (x, int(y), x + int(length), int(y) + 1))
            x += int(length)
    return picture


@pytest.mark.parametrize("text", TEXTS)
def test_the_symbol_is_read_as_the_text(text: str) -> None:
    [code] = read_barcodes(opened(draw_png(text)).convert("L"), formats=BarcodeFormats(BarcodeFormat.QRCode))
    assert (code.text, code.ec_level) == (text, "Q")


@pytest.mark.parametrize("scale", [2, 3, 8])
def test_a_code_is_read_at_any_scale(scale: int) -> None:
    assert read_picture(draw_png(mint(), scale=scale)) == mint()


@pytest.mark.parametrize("text", TEXTS)
def test_the_size_does_not_depend_on_the_text(text: str) -> None:
    picture = opened(draw_png(text, scale=3))
    assert (picture.mode, picture.size) == ("1", (183, 183))
    assert ET.fromstring(draw_svg(text, "code")).attrib["viewBox"] == "0 0 61 61"


@pytest.mark.parametrize("text", TEXTS)
def test_svg_shows_what_png_shows(text: str) -> None:
    assert rendered(draw_svg(text, "code")).tobytes() == opened(draw_png(text, scale=1)).tobytes()


def test_svg_is_an_image_with_an_escaped_title() -> None:
    root = ET.fromstring(draw_svg(mint(), "一码通 <1>"))
    assert root.attrib["role"] == "img"
    assert root[0].text == "一码通 <1>"
    assert (root[1].attrib["fill"], root[1].attrib["d"]) == ("#fff", "M0 0h61v61H0z")


def test_svg_has_neither_style_nor_script() -> None:
    assert not re.search(r"style|script|on\w+=|href", draw_svg(mint(), "code"))


@pytest.mark.parametrize("text", ["mz1:", "MZ1,", "一码通", "A\n"])
def test_only_alphanumeric_text_is_drawn(text: str) -> None:
    with pytest.raises(ValueError, match="can not be represented"):
        draw_png(text)
