"""Money as integer fen. No floats, no other currency."""

from minzhengtong.base.errors import InvalidInput

MAX_AMOUNT_FEN = 100_000_000
"""One million yuan: far above any fee here, far below what a 64-bit column overflows at."""


def format_fen(amount_fen: int) -> str:
    """Write fen as people read it: 200 → `¥2.00`, -5 → `-¥0.05`."""
    yuan, fen = divmod(abs(amount_fen), 100)
    return f"{'-' if amount_fen < 0 else ''}¥{yuan:,}.{fen:02d}"


def check_amount_fen(amount_fen: int) -> int:
    """Return the amount when it can be charged: 0 to 100,000,000 fen.

    Raises: InvalidInput.
    """
    if not 0 <= amount_fen <= MAX_AMOUNT_FEN:
        raise InvalidInput(f"amount_fen between 0 and {MAX_AMOUNT_FEN}", str(amount_fen))
    return amount_fen
