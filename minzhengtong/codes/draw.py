"""Draws a code as QR modules, SVG or PNG at a fixed version, level and mask; reads no picture.

The version is fixed so that a picture keeps its size from one refresh to the next. Mask search is three
quarters of the library's time and gains nothing in reading here, so the mask is fixed too.
"""

from functools import cache
from html import escape
from struct import pack
from zlib import compress, crc32

from minzhengtong.codes.base45 import ALPHABET
from minzhengtong.codes.correction import parity
from minzhengtong.codes.layout import QUIET_ZONE, Layout, layout_of

# 9-Q is the least symbol that holds format A and survives a quarter of damage. Mask 6 has the least mean
# penalty (ISO/IEC 18004 §7.8.3) over 60 fresh codes: 1873, where the others have 1908 to 2110.
VERSION, LEVEL, MASK = 9, "Q", 6

# The alphanumeric alphabet of QR is that of base45, in the same order (ISO/IEC 18004 §7.4.4).
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_ALPHANUMERIC_MODE = 0b0010
_PADDING = bytes.fromhex("ec11")


def modules(text: str, *, version: int = VERSION, level: str = LEVEL, mask: int = MASK) -> list[int]:
    """Return the rows of modules without quiet zone, each as `side` bits from left to right, 1 for dark.

    Raises: ValueError, when the text is not alphanumeric in QR's sense or does not fit.
    """
    layout = layout_of(version, level, mask)
    right = 8 * layout.row_bytes - layout.side - QUIET_ZONE
    rows = _rows(_canvas(layout, _codewords(text, version, layout)), layout)
    return [int.from_bytes(row) >> right for row in rows]


def draw_svg(text: str, title: str) -> str:
    """Draw the code as one path on white; one unit is one module and the page sets the size.

    Raises: ValueError as `modules` does.
    """
    layout = layout_of(VERSION, LEVEL, MASK)
    canvas = _canvas(layout, _codewords(text, VERSION, layout))
    stroke_of = _strokes().__getitem__
    lines = [
        f"M0 {y}.5" + "".join(map(stroke_of, row)) for y, row in enumerate(_rows(canvas, layout), QUIET_ZONE)
    ]
    width = layout.side + 2 * QUIET_ZONE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {width}" role="img"'
        f' shape-rendering="crispEdges"><title>{escape(title)}</title>'
        f'<path fill="#fff" d="M0 0h{width}v{width}H0z"/><path stroke="#000" d="{"".join(lines)}"/></svg>'
    )


def draw_png(text: str, *, scale: int = 8) -> bytes:
    """Draw the code as a 1-bit grey PNG, `scale` pixels to a module.

    Raises: ValueError as `modules` does.
    """
    layout = layout_of(VERSION, LEVEL, MASK)
    canvas = _canvas(layout, _codewords(text, VERSION, layout))
    width = (layout.side + 2 * QUIET_ZONE) * scale
    row_bytes = -(-width // 8)
    wide = b"".join(map(_widened(scale).__getitem__, canvas))
    # PNG filter 2 (up) writes a row as its difference from the one above: repeats are zeros, and pack well.
    same = b"\x02" + bytes(row_bytes)
    repeats, white = same * (scale - 1), b"\x00" + b"\xff" * row_bytes + same * (QUIET_ZONE * scale - 1)
    rows = [white]
    for start in range(0, len(wide), layout.row_bytes * scale):
        rows += (b"\x00", wide[start : start + row_bytes], repeats)
    rows.append(white)
    header = pack(">IIBBBBB", width, width, 1, 0, 0, 0, 0)
    pixels = compress(b"".join(rows), 1)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _codewords(text: str, version: int, layout: Layout) -> bytes:
    """Spell the text as data codewords in alphanumeric mode (ISO/IEC 18004 §7.4)."""
    try:
        values = [_VALUES[character] for character in text]
    except KeyError as error:
        raise ValueError("a code is drawn from digits, capitals and ' $%*+-./:' only") from error
    count_bits = 9 if version < 10 else 11 if version < 27 else 13
    capacity = sum(layout.data_sizes) * 8
    length = 4 + count_bits + len(text) // 2 * 11 + len(text) % 2 * 6
    if length > capacity:
        raise ValueError(f"{len(text)} characters do not fit into {capacity} bits")
    bits = _ALPHANUMERIC_MODE << count_bits | len(text)
    for first, second in zip(values[::2], values[1::2], strict=False):
        bits = bits << 11 | first * 45 + second
    if len(text) % 2:
        bits = bits << 6 | values[-1]
    # Up to four zeros end the text, more fill its last byte.
    used = -(-min(length + 4, capacity) // 8)
    padding = _PADDING * ((capacity // 8 - used + 1) // 2)
    return ((bits << used * 8 - length).to_bytes(used) + padding)[: capacity // 8]


def _canvas(layout: Layout, data: bytes) -> bytes:
    """Put data and error correction onto the layout: rows of whole bytes, 1 for dark."""
    corrections = []
    start = 0
    for size in layout.data_sizes:
        corrections.append(parity(data[start : start + size], layout.correction_size))
        start += size
    codewords = bytes(layout.interleave(b"".join([data, *corrections])))
    bits = f"{int.from_bytes(codewords):0{8 * len(codewords)}b}".encode()
    canvas = bytearray(b"0") * (layout.side * layout.row_bytes * 8)
    for place, source in layout.runs:
        canvas[place] = bits[source]
    return (int(canvas, 2) ^ layout.base).to_bytes(layout.side * layout.row_bytes)


def _rows(canvas: bytes, layout: Layout) -> list[bytes]:
    return [canvas[start : start + layout.row_bytes] for start in range(0, len(canvas), layout.row_bytes)]


@cache
def _strokes() -> list[str]:
    """For each byte, the pen's moves (m) and strokes (h) over eight modules."""
    moves = []
    for byte in range(256):
        runs = f"{byte:08b}".replace("10", "1 0").replace("01", "0 1").split()
        moves.append("".join(f"h{len(run)}" if run[0] == "1" else f"m{len(run)} 0" for run in runs))
    return moves


@cache
def _widened(scale: int) -> list[bytes]:
    """For each byte, its eight modules `scale` pixels wide, in PNG's colours (1 is white)."""
    return [
        int("".join(bit * scale for bit in f"{byte ^ 0xFF:08b}"), 2).to_bytes(scale) for byte in range(256)
    ]


def _chunk(kind: bytes, content: bytes) -> bytes:
    return pack(">I", len(content)) + kind + content + pack(">I", crc32(kind + content))
