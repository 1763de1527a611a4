"""Reads the code in a tester's picture: from a form, a body or base64 in JSON."""

import binascii
from base64 import b64decode

from minzhengtong.base.errors import InvalidInput
from minzhengtong.bench.answer import PictureAnswer
from minzhengtong.codes.picture_files import PictureRefused
from minzhengtong.codes.read import read_picture


def look_at(picture: bytes) -> PictureAnswer:
    """The text of the code in a PNG or JPEG, or why none was read. Raises: PicturesBusy."""
    try:
        return PictureAnswer(read_picture(picture))
    except PictureRefused as refused:
        return PictureAnswer(None, refused.reason, refused.expected, refused.received)


def picture_of_base64(text: str) -> bytes:
    """The bytes of a picture from JSON. Raises: InvalidInput."""
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput("picture: base64 of a PNG or JPEG", "text that is not base64") from error
