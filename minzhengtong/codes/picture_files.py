"""Leaves of a PNG or JPEG file only what makes its picture, and refuses the kinds that Pillow cannot decode.

Comments, profiles, previews and what follows the picture are never decoded: they may be broken, a thousand
times larger than in the file, or contain the bytes of a marker by chance.
"""

import re
from collections.abc import Iterator

from minzhengtong.codes.reasons import Reason, Refused

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"
# A progressive JPEG can start another scan with fifty bytes. Cameras write about ten scans; 5 MB of them
# would keep a thread busy for minutes.
MAX_SCANS = 100
# Cameras write fewer than 300 segments, most of them parts of a colour profile.
MAX_SEGMENTS = 10_000

_PNG_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_MARKER = re.compile(rb"\xff+([^\x00\xff])")
_MARKER_AFTER_SCAN = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")  # a scan contains FF 00 and restart markers
_END, _SCAN, _COMMENT = 0xD9, 0xDA, 0xFE
_JFIF, _ADOBE = 0xE0, 0xEE  # these tell how colours are stored
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_DECODED_FRAMES = (0xC0, 0xC1, 0xC2, 0xC9, 0xCA)  # sequential and progressive, Huffman and arithmetic


class PictureRefused(Refused):
    """Raised when a picture does not show exactly one code that can be read."""


def unreadable(expected: str, received: str) -> PictureRefused:
    """The refusal of a picture that cannot be read."""
    return PictureRefused(Reason.PICTURE_UNREADABLE, expected, received)


def picture_of_png(data: bytes) -> bytes:
    """The file with the chunks that make the picture; from a chunk that breaks off on, unchanged."""
    kept, at = [PNG], len(PNG)
    while at < len(data):
        kind, end = data[at + 4 : at + 8], at + 12 + int.from_bytes(data[at : at + 4])
        if end > len(data):
            kept.append(data[at:])
            break
        if kind in _PNG_CHUNKS:
            kept.append(data[at:end])
        if kind == b"IEND":
            break
        at = end
    return b"".join(kept)


def picture_of_jpeg(data: bytes) -> bytes:
    """The first picture of the file with the segments that make it. Raises: PictureRefused."""
    kept, scans = [JPEG[:2]], 0
    for count, (kind, segment) in enumerate(_segments(data), 1):
        if count > MAX_SEGMENTS:
            raise unreadable(f"a JPEG of at most {MAX_SEGMENTS} segments", "more segments")
        if kind in _FRAMES:
            _check_frame(kind, segment)
        scans += kind == _SCAN
        if kind in (_JFIF, _ADOBE) or not (0xE0 <= kind <= 0xEF or kind == _COMMENT):
            kept.append(segment)
    if scans > MAX_SCANS:
        raise unreadable(f"a JPEG of at most {MAX_SCANS} scans", f"{scans} scans")
    return b"".join(kept)


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The marker and bytes of each segment up to the end of the first picture (ITU-T T.81 §B.1)."""
    at = len(JPEG) - 1
    while found := _MARKER.search(data, at):
        kind, end = found[1][0], found.end()
        if kind != _END:
            end += max(2, int.from_bytes(data[end : end + 2]))
        if kind == _SCAN:
            after = _MARKER_AFTER_SCAN.search(data, end)
            end = after.start() if after else len(data)
        yield kind, b"\xff%c" % kind + data[found.end() : end]
        if kind == _END:
            return
        at = end


def _check_frame(kind: int, segment: bytes) -> None:
    if kind not in _DECODED_FRAMES or segment[4:5] != b"\x08":
        raise unreadable("a sequential or progressive JPEG of 8 bits", "a JPEG of another kind")
