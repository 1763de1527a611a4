"""Draws a code as a QR symbol, in SVG or PNG, with the qrcode library.

Version, level and mask are fixed. The version, so that the picture keeps its size from one refresh to the
next; the mask, because the library tries all eight otherwise, which is three quarters of its time.
"""

from html import escape
from io import BytesIO
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qrcode import QRCode

# The smallest symbol that holds format A (184 characters) with level Q, which corrects a quarter of damage.
VERSION = 9
# Of 60 fresh codes the mean penalty (ISO/IEC 18004 §7.8.3) was lowest with mask 6: 1873; others 1908 to 2110.
MASK = 6
QUIET_ZONE = 4  # modules of white on each side, ISO/IEC 18004 §6.3.8


def draw_svg(text: str, title: str) -> str:
    """Draw the text as one path on white; one unit is one module, and the page sets the size.

    Raises: ValueError as `draw_png` does.
    """
    rows = _symbol(text).get_matrix()
    width = len(rows)
    path = "".join(f"M0 {y}.5{_strokes(row)}" for y, row in enumerate(rows) if any(row))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {width}" role="img"'
        f' shape-rendering="crispEdges"><title>{escape(title)}</title>'
        f'<path fill="#fff" d="M0 0h{width}v{width}H0z"/><path stroke="#000" d="{path}"/></svg>'
    )


def draw_png(text: str, *, scale: int = 8) -> bytes:
    """Draw the text as a 1-bit PNG, `scale` pixels to a module.

    Raises: ValueError when a character is not one of digits, capitals and ` $%*+-./:`.
    """
    file = BytesIO()
    _symbol(text, scale).make_image().save(file)
    return file.getvalue()


def _symbol(text: str, scale: int = 1) -> "QRCode":
    # Imported here because the library loads Pillow: memory that most processes never need. It raises
    # ValueError on a block of zero bytes, which 50 characters `0` in a row make; no code has so many.
    from qrcode import ERROR_CORRECT_Q, QRCode
    from qrcode.util import MODE_ALPHA_NUM, QRData

    symbol = QRCode(VERSION, ERROR_CORRECT_Q, box_size=scale, border=QUIET_ZONE, mask_pattern=MASK)
    symbol.add_data(QRData(text, mode=MODE_ALPHA_NUM))
    symbol.make(fit=False)
    return symbol


def _strokes(row: list[bool]) -> str:
    """Write a row as strokes (h) over dark modules and moves (m) over white ones."""
    runs = [(dark, len(list(modules))) for dark, modules in groupby(row)]
    return "".join(f"h{length}" if dark else f"m{length} 0" for dark, length in runs)
