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
from minzhengtong.codes.picture_files import (
    JPEG,
    PNG,
    PictureRefused,
    picture_of_jpeg,
    picture_of_png,
    unreadable,
)
from minzhengtong.codes.reasons import Reason

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


class PicturesBusy(TooMany):
    """Another picture was read for as long as this one may wait."""

    code = "pictures_busy"
    title = "Other pictures are being read"


_decoder = Lock()


def read_picture(data: bytes) -> str:
    """Return the text of the only QR code in a PNG or JPEG, however it is turned, mirrored or inverted.

    The same code may be there more than once. Raises: PictureRefused (picture_unreadable, several_codes),
    PicturesBusy.
    """
    if len(data) > MAX_BYTES:
        raise unreadable(f"at most {MAX_BYTES} bytes", f"{len(data)} bytes")
    with only_one():
        found = next(filter(None, map(_texts_in, _views(data))), set())
    if not found:
        raise unreadable("one QR code", "a picture without a QR code that can be read")
    if len(found) > 1:
        raise PictureRefused(Reason.SEVERAL_CODES, "one QR code", f"{len(found)} different QR codes")
    return found.pop()


@contextmanager
def only_one() -> Iterator[None]:
    """Hold the decoder of this process. Raises: PicturesBusy."""
    if not _decoder.acquire(timeout=WAIT_SECONDS):
        raise PicturesBusy(1, "one picture at a time", f"others that took more than {WAIT_SECONDS:g} s")
    try:
        yield
    finally:
        _decoder.release()


def _texts_in(picture: "Image") -> set[str]:
    # Imported here and below: about 10 MB together, which only a process that reads pictures needs.
    from zxingcpp import BarcodeFormat, BarcodeFormats, TextMode, read_barcodes

    formats = BarcodeFormats(BarcodeFormat.QRCode)
    return {code.text for code in read_barcodes(picture, formats=formats, text_mode=TextMode.Plain)}


def _views(data: bytes) -> Iterator["Image"]:
    """The picture in grey, as drawn and smoothed. Raises: PictureRefused."""
    from PIL import ImageFilter

    for grey in _decoded(data):
        yield grey
        # At 60 % contrast with noise of standard deviation 35, 3 codes in 10 are read, and all once smoothed.
        yield grey.filter(ImageFilter.BoxBlur(1))


def _decoded(data: bytes) -> list["Image"]:
    try:
        picture = _opened(data)
        width, height = picture.size
        if width * height <= MAX_PIXELS and max(width, height) <= MAX_SIDE:
            return _shrunk(picture)
    except _BROKEN as error:
        raise unreadable("a whole PNG or JPEG file", "a file that breaks off or is damaged") from error
    raise unreadable(f"at most {MAX_PIXELS} pixels, {MAX_SIDE} a side", f"{width} x {height} pixels")


def _opened(data: bytes) -> "Image":
    # Not by Image.open, which tries other formats and warns about large pictures.
    if data.startswith(PNG):
        from PIL.PngImagePlugin import PngImageFile

        return PngImageFile(BytesIO(picture_of_png(data)))
    if data.startswith(JPEG):
        from PIL.JpegImagePlugin import JpegImageFile

        return JpegImageFile(BytesIO(picture_of_jpeg(data)))
    raise unreadable("a PNG or JPEG file", "a file of another kind")


def _shrunk(picture: "Image") -> list["Image"]:
    width, height = picture.size
    if width * height <= LOOKED_AT_PIXELS:
        return list(_greys(picture))
    from PIL.Image import Resampling

    scale = sqrt(LOOKED_AT_PIXELS / (width * height))
    size = (max(1, int(width * scale)), max(1, int(height * scale)))
    picture.draft("L", size)  # a JPEG decodes to a half, quarter or eighth for less time and memory
    return [grey.resize(size, Resampling.BOX) for grey in _greys(picture)]


def _greys(picture: "Image") -> Iterator["Image"]:
    """The picture in 8 bits of grey; a transparent one on white, the colour of our pages, and on black."""
    if picture.mode == "I;16":  # convert() would make every grey above 255 white
        picture = _eight_bits(picture)
    if not picture.has_transparency_data:
        yield picture.convert("L")
        return
    from PIL import Image

    seen = picture if "A" in picture.getbands() else picture.convert("RGBA")
    grey, alpha = seen.convert("L"), seen.getchannel("A")
    for ground in (255, 0):
        paper = Image.new("L", seen.size, ground)
        paper.paste(grey, mask=alpha)
        yield paper


def _eight_bits(picture: "Image") -> "Image":
    transparent = picture.info.get("transparency")
    grey = picture.point(lambda value: value * (1 / 256)).convert("L")
    if transparent is not None:
        grey.info["transparency"] = transparent >> 8
    return grey
