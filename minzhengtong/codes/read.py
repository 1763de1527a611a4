"""Reads the text of the one QR code in a picture.

Pictures are untrusted, so the size is checked before decoding, and every error of the decoder is a refusal.
A process decodes one picture at a time, because a large one takes up to 8 bytes a pixel, 160 MB.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from math import sqrt
from threading import Lock
from typing import TYPE_CHECKING

from minzhengtong.base.errors import TooMany
from minzhengtong.codes.reasons import Reason, Refused

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_BYTES = 5_000_000
MAX_PIXELS = 20_000_000
MAX_SIDE = 65_535  # the reader's own limit
WAIT_SECONDS = 2.0
"""How long a picture waits while another one is read, which takes a second if it is large."""
# The reader combines everything that looks like a corner mark: 20 megapixels tiled with them took 80 s,
# 2 megapixels 1.5 s. A code that fills a tenth of a photograph's width is still read after shrinking.
LOOKED_AT_PIXELS = 2_100_000
# A progressive JPEG can start another scan with fifty bytes. Cameras write about ten scans; 5 MB of them
# would keep a thread busy for minutes.
MAX_SCANS = 100

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_START_OF_SCAN = b"\xff\xda"
# What Pillow raises on broken PNG and JPEG files; AssertionError, when a palette is missing.
_BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    struct.error,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    AssertionError,
)


class PictureRefused(Refused):
    """Raised when a picture does not show exactly one code that can be read."""


class PicturesBusy(TooMany):
    """Another picture was read for as long as this one may wait."""

    code = "pictures_busy"
    title = "Other pictures are being read"


_decoder = Lock()


def read_picture(data: bytes) -> str:
    """Return the text of the only QR code in a PNG or JPEG, however it is turned, mirrored or inverted.

    Raises: PictureRefused (picture_unreadable, several_codes), PicturesBusy.
    """
    if len(data) > MAX_BYTES:
        raise _unreadable(f"at most {MAX_BYTES} bytes", f"{len(data)} bytes")
    with only_one():
        found = _codes_in(_decoded(data))
    if not found:
        raise _unreadable("one QR code", "a picture without a QR code that can be read")
    if len(found) > 1:
        raise PictureRefused(Reason.SEVERAL_CODES, "one QR code", f"{len(found)} QR codes in one picture")
    return found[0]


@contextmanager
def only_one() -> Iterator[None]:
    """Hold the decoder of this process. Raises: PicturesBusy."""
    if not _decoder.acquire(timeout=WAIT_SECONDS):
        raise PicturesBusy(1, "one picture at a time", f"others that took more than {WAIT_SECONDS:g} s")
    try:
        yield
    finally:
        _decoder.release()


def _codes_in(picture: "Image") -> list[str]:
    # Imported here and in _opened: about 10 MB together, which only a process that reads pictures needs.
    from PIL import ImageFilter
    from zxingcpp import BarcodeFormat, BarcodeFormats, TextMode, read_barcodes

    def found_in(image: "Image") -> list[str]:
        formats = BarcodeFormats(BarcodeFormat.QRCode)
        return [code.text for code in read_barcodes(image, formats=formats, text_mode=TextMode.Plain)]

    # At 60 % contrast with noise of standard deviation 35, 3 codes in 10 are read, and all once smoothed.
    return found_in(picture) or found_in(picture.filter(ImageFilter.BoxBlur(1)))


def _decoded(data: bytes) -> "Image":
    try:
        picture = _opened(data)
        width, height = picture.size
        if width * height <= MAX_PIXELS and max(width, height) <= MAX_SIDE:
            return _shrunk(picture)
    except _BROKEN as error:
        raise _unreadable("a whole PNG or JPEG file", "a file that breaks off or is damaged") from error
    raise _unreadable(f"at most {MAX_PIXELS} pixels, {MAX_SIDE} a side", f"{width} x {height} pixels")


def _opened(data: bytes) -> "Image":
    # Not by Image.open, which tries other formats and warns about large pictures.
    if data.startswith(_PNG):
        from PIL.PngImagePlugin import PngImageFile

        return PngImageFile(BytesIO(data))
    if data.startswith(_JPEG):
        if (scans := data.count(_START_OF_SCAN)) > MAX_SCANS:
            raise _unreadable(f"a JPEG of at most {MAX_SCANS} scans", f"{scans} scans")
        from PIL.JpegImagePlugin import JpegImageFile

        return JpegImageFile(BytesIO(data))
    raise _unreadable("a PNG or JPEG file", "a file of another kind")


def _shrunk(picture: "Image") -> "Image":
    width, height = picture.size
    if width * height <= LOOKED_AT_PIXELS:
        return _grey(picture)
    from PIL.Image import Resampling

    scale = sqrt(LOOKED_AT_PIXELS / (width * height))
    size = (max(1, int(width * scale)), max(1, int(height * scale)))
    picture.draft("L", size)  # a JPEG decodes to a half, quarter or eighth for less time and memory
    return _grey(picture).resize(size, Resampling.BOX)


def _grey(picture: "Image") -> "Image":
    if not picture.has_transparency_data:
        return picture.convert("L")
    from PIL import Image

    # Put transparent pictures on white, the colour of our pages.
    seen = picture if "A" in picture.getbands() else picture.convert("RGBA")
    white = Image.new("L", seen.size, 255)
    white.paste(seen.convert("L"), mask=seen.getchannel("A"))
    return white


def _unreadable(expected: str, received: str) -> PictureRefused:
    return PictureRefused(Reason.PICTURE_UNREADABLE, expected, received)
