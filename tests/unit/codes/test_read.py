"""Reading pictures: turned and distorted ones, several codes, and refusal of any other bytes."""

import struct
import subprocess
import sys
import zlib
from functools import cache
from io import BytesIO
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageFilter, ImageOps

from minzhengtong.codes.draw import draw_png
from minzhengtong.codes.picture_files import PictureRefused
from minzhengtong.codes.read import MAX_BYTES, read_picture
from minzhengtong.codes.reasons import Reason
from tests.unit.codes.minting import mint

TEXT = mint()


@cache
def code(scale: int = 8) -> Image.Image:
    return Image.open(BytesIO(draw_png(TEXT, scale=scale))).convert("L")


def file(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    stream = BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def on_paper(*codes: Image.Image) -> Image.Image:
    paper = Image.new("L", (sum(each.width for each in codes) + 100, codes[0].height + 100), 230)
    for number, each in enumerate(codes):
        paper.paste(each, (40 + number * each.width, 40))
    return paper


def transparent(mode: str = "RGBA", grey: int = 0) -> Image.Image:
    """Modules of one grey on nothing."""
    picture = Image.new("L", code().size, grey).convert(mode)
    picture.putalpha(ImageOps.invert(code()))
    return picture


def grey_of_sixteen_bits(dark: int, light: int) -> Image.Image:
    values = [light if pixel else dark for pixel in code(2).tobytes()]
    return Image.frombytes("I;16", code(2).size, struct.pack(f"<{len(values)}H", *values))


def with_chunk(kind: bytes, content: bytes, checksum: int | None = None) -> bytes:
    """A PNG of the code with one more chunk before its pixels."""
    whole, end_of_header = file(code()), 33
    checked = zlib.crc32(kind + content) if checksum is None else checksum
    chunk = struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checked)
    return whole[:end_of_header] + chunk + whole[end_of_header:]


def with_segment(marker: int, content: bytes) -> bytes:
    """A JPEG of the code with one more segment at its beginning."""
    whole = file(code(), "JPEG")
    return whole[:2] + struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content + whole[2:]


MUCH = zlib.compress(bytes(1_500_000))
"""1.5 MB in 1.5 kB."""


def grainy(deviation: float) -> Image.Image:
    random = Random(1)
    grey = [51 + pixel * 0.6 + random.gauss(0, deviation) for pixel in code().tobytes()]
    return Image.frombytes("L", code().size, bytes(max(0, min(255, int(value))) for value in grey))


def photograph() -> Image.Image:
    """Twelve megapixels, the code on an eighth of the width."""
    paper = Image.new("RGB", (4000, 3000), (180, 190, 200))
    paper.paste(code().resize((500, 500)), (2100, 1300))
    return paper


READABLE = {
    "as drawn": lambda: file(code()),
    "inverted": lambda: file(ImageOps.invert(code())),
    "mirrored": lambda: file(ImageOps.mirror(code())),
    "upside down": lambda: file(code().rotate(180)),
    "on its side": lambda: file(code().rotate(90)),
    "askew": lambda: file(code().rotate(33, expand=True, fillcolor=255)),
    "without quiet zone": lambda: file(code().crop((32, 32, 456, 456))),
    "blurred": lambda: file(code().filter(ImageFilter.GaussianBlur(3))),
    "pale": lambda: file(code().point(lambda grey: 120 + grey // 4)),
    "grainy": lambda: file(grainy(35)),
    "poor JPEG": lambda: file(code(), "JPEG", quality=20),
    "progressive JPEG": lambda: file(code().convert("RGB"), "JPEG", progressive=True),
    "JPEG for print": lambda: file(code().convert("CMYK"), "JPEG"),
    "colour table": lambda: file(code().convert("P")),
    "transparent": lambda: file(transparent()),
    "white on nothing": lambda: file(transparent(grey=255)),
    "grey and white on nothing": lambda: file(transparent("LA", 255)),
    "grey on nothing": lambda: file(transparent("LA", 128)),
    "white in a colour table on nothing": lambda: file(transparent(grey=255).quantize(4)),
    "long compressed comment": lambda: with_chunk(b"zTXt", b"Comment\0\0" + MUCH),
    "long compressed international comment": lambda: with_chunk(b"iTXt", b"Comment\0\1\0\0\0" + MUCH),
    "long colour profile": lambda: with_chunk(b"iCCP", b"Profile\0\0" + MUCH),
    "broken resolution": lambda: with_chunk(b"pHYs", b"\0"),
    "comment with a wrong checksum": lambda: with_chunk(b"tEXt", b"Comment\0", checksum=0),
    "bytes after a PNG": lambda: file(code()) + bytes(1000),
    "animation": lambda: file(code(), save_all=True, append_images=[Image.new("L", code().size)]),
    "broken EXIF": lambda: with_segment(0xE1, b"Exif\0\0MM\0*?"),
    "preview of many scans": lambda: with_segment(0xE1, b"\xff\xda" * 1000),
    "video after a JPEG": lambda: file(code(), "JPEG") + b"\xff\xda" * 1000,
    "two JPEGs in a file": lambda: file(code(), "MPO", save_all=True, append_images=[code().rotate(90)]),
    "JPEG with restart markers": lambda: file(code(), "JPEG", restart_marker_blocks=1),
    "colours of a JPEG not transformed": lambda: file(code().convert("RGB"), "JPEG", keep_rgb=True),
    "transparent colour": lambda: file(code().convert("P"), transparency=255),
    "sixteen bits": lambda: file(code().convert("I").point(lambda grey: grey * 257).convert("I;16")),
    "dark sixteen bits": lambda: file(grey_of_sixteen_bits(0x1000, 0x5000)),
    "white of sixteen bits on nothing": lambda: file(grey_of_sixteen_bits(0xFFFF, 0x200), transparency=0x200),
    "the same code twice": lambda: file(on_paper(code(4), code(4))),
    "a photograph": lambda: file(photograph(), "JPEG", quality=60),
    "a photograph in PNG": lambda: file(photograph()),
}


@pytest.mark.parametrize("name", READABLE)
def test_readable_pictures_are_read(name: str) -> None:
    assert read_picture(READABLE[name]()) == TEXT


def jpeg_of_many_scans() -> bytes:
    whole = file(code(2), "JPEG", progressive=True)
    scan = whole[whole.rindex(b"\xff\xda") : -2]
    return whole[:-2] + scan * 200 + whole[-2:]


REFUSED = {
    "no bytes": (lambda: b"", "a file of another kind"),
    "text": (TEXT.encode, "a file of another kind"),
    "GIF": (lambda: file(code(), "GIF"), "a file of another kind"),
    "BMP": (lambda: file(code(), "BMP"), "a file of another kind"),
    "only a signature": (lambda: file(code())[:8], "breaks off"),
    "cut PNG": (lambda: file(code())[:600], "breaks off"),
    "cut JPEG": (lambda: file(code(), "JPEG")[:4000], "breaks off"),
    "blank": (lambda: file(Image.new("L", (300, 300), 255)), "without a QR code"),
    "half a code": (lambda: file(code().crop((0, 0, 488, 200))), "without a QR code"),
    "covered corner": (lambda: file(ImageChops.lighter(code(), covered())), "without a QR code"),
    "one pixel": (lambda: file(Image.new("L", (1, 1))), "without a QR code"),
    "too many bytes": (lambda: file(code()) + bytes(MAX_BYTES), "bytes"),
    "too many pixels": (lambda: file(Image.new("1", (5000, 4001))), "5000 x 4001 pixels"),
    "bomb": (lambda: file(Image.new("1", (15_000, 15_000))), "15000 x 15000 pixels"),
    "thread": (lambda: file(Image.new("1", (70_000, 1))), "70000 x 1 pixels"),
    "JPEG of twelve bits": (lambda: file(code(), "JPEG").replace(b"\x0b\x08", b"\x0b\x0c"), "another kind"),
    "lossless JPEG": (lambda: file(code(), "JPEG").replace(b"\xff\xc0", b"\xff\xc3"), "another kind"),
    "many segments": (lambda: b"\xff\xd8" + b"\xff\xfe\0\2" * 10_001, "more segments"),
    "many scans": (jpeg_of_many_scans, "scans"),
}


def covered() -> Image.Image:
    blob = Image.new("L", (488, 488), 0)
    blob.paste(255, (0, 0, 150, 150))
    return blob


@pytest.mark.parametrize("name", REFUSED)
def test_unreadable_pictures_are_refused(name: str) -> None:
    make, received = REFUSED[name]
    with pytest.raises(PictureRefused) as caught:
        read_picture(make())
    assert caught.value.reason is Reason.PICTURE_UNREADABLE
    assert received in caught.value.received


@pytest.mark.parametrize("texts", ["AB", "ABC", "ABA"])
def test_different_codes_in_one_picture_are_refused(texts: str) -> None:
    codes = [Image.open(BytesIO(draw_png(text * 184))).convert("L") for text in texts]
    with pytest.raises(PictureRefused) as caught:
        read_picture(file(on_paper(*codes)))
    assert caught.value.reason is Reason.SEVERAL_CODES
    assert caught.value.received == f"{len(set(texts))} different QR codes"


@pytest.mark.timeout(30)  # unshrunk, this picture takes the reader more than a minute
def test_a_picture_full_of_corner_marks_is_refused_in_time() -> None:
    mark = Image.new("L", (9, 9), 255)
    for inset, grey in ((1, 0), (2, 255), (3, 0)):
        mark.paste(grey, (inset, inset, 8 - inset, 8 - inset))
    row = Image.new("L", (5000, 9), 255)
    for x in range(0, 5000, 9):
        row.paste(mark, (x, 0))
    field = Image.new("L", (5000, 4000), 255)
    for y in range(0, 4000, 9):
        field.paste(row, (0, y))
    with pytest.raises(PictureRefused):
        read_picture(file(field))


def seeds() -> list[bytes]:
    small = code(2)
    table = small.convert("P")
    return [
        file(small),
        file(small, "JPEG"),
        file(small.convert("RGB"), "JPEG", progressive=True, icc_profile=b"profile" * 30),
        file(table, transparency=0),
        file(table)[:33] + file(small)[33:],  # says it has a colour table, and has none
        file(small.convert("LA")),
    ]


@given(
    st.sampled_from(seeds()),
    st.lists(st.tuples(st.integers(0, 5000), st.binary(max_size=4), st.integers(0, 4)), max_size=4),
    st.integers(0, 20_000),
)
@settings(max_examples=250)
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # Pillow warns of odd metadata, then goes on
def test_damaged_pictures_are_read_or_refused(
    data: bytes, edits: list[tuple[int, bytes, int]], end: int
) -> None:
    for place, new, old in edits:
        place %= len(data) + 1
        data = data[:place] + new + data[place + old :]
    _read_or_refuse(data[: end or None])


@given(st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"]), st.binary(max_size=400))
@settings(max_examples=150)
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_garbage_is_refused(start: bytes, rest: bytes) -> None:
    _read_or_refuse(start + rest)


def _read_or_refuse(data: bytes) -> None:
    try:
        text = read_picture(data)
    except PictureRefused:
        return
    assert text


EIGHT_LARGE_ONES = """
import re, sys
from pathlib import Path
from threading import Thread
from minzhengtong.codes.picture_files import PictureRefused
from minzhengtong.codes.read import PicturesBusy, read_picture

def read():
    try:
        read_picture(picture)
    except PictureRefused:
        answers.append("read")
    except PicturesBusy as busy:
        answers.append("busy")

answers, picture = [], sys.stdin.buffer.read()
threads = [Thread(target=read) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]  # exec keeps ru_maxrss
print(*answers, peak)
"""


def test_eight_large_pictures_at_once_take_the_memory_of_one() -> None:
    large = file(Image.new("RGBA", (5000, 4000)))
    done = subprocess.run(
        [sys.executable, "-c", EIGHT_LARGE_ONES], input=large, capture_output=True, check=True
    )
    *answers, kilobytes = done.stdout.decode().split()
    assert len(answers) == 8
    assert set(answers) <= {"read", "busy"}
    assert "read" in answers
    assert int(kilobytes) < 300_000  # 1,580,000 without a limit
