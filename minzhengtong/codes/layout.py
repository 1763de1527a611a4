"""Where the modules of a QR symbol go, learned once per version, level and mask from the qrcode library."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from operator import itemgetter
from typing import Any

QUIET_ZONE = 4  # modules of white on each side, ISO/IEC 18004 §6.3.8


@dataclass(frozen=True, slots=True)
class Layout:
    """One symbol without its data, on a canvas whose rows are whole bytes and begin with the quiet zone.

    `interleave` takes all blocks' data, then all blocks' error correction, and returns codewords as drawn.
    `runs` says which bits of these go to which modules: bits of a column lie at even steps, so that slices
    move them. `base` holds function patterns and mask, 1 for dark.
    """

    side: int
    row_bytes: int
    data_sizes: tuple[int, ...]
    correction_size: int
    interleave: Callable[[bytes], tuple[int, ...]]
    runs: tuple[tuple[slice, slice], ...]
    base: int


@cache
def layout_of(version: int, level: str, mask: int) -> Layout:
    """Let the library lay out an empty symbol, and keep what it did.

    Raises: ValueError for a version, level or mask that does not exist.
    """
    if not (1 <= version <= 40 and level in ("L", "M", "Q", "H") and 0 <= mask <= 7):
        raise ValueError(f"there is no QR symbol of version {version}, level {level}, mask {mask}")
    sizes = _block_sizes(version, level)
    empty, order = _learned(version, level, mask, sum(data + parity for data, parity in sizes))
    side = len(empty)
    row_bytes = -(-(side + 2 * QUIET_ZONE) // 8)
    margin = [False] * QUIET_ZONE
    rows = [margin + row + [False] * (8 * row_bytes - side - QUIET_ZONE) for row in empty]
    return Layout(
        side=side,
        row_bytes=row_bytes,
        data_sizes=tuple(data for data, _ in sizes),
        correction_size=sizes[0][1],
        interleave=itemgetter(*_interleaved(sizes)),
        runs=_runs(order, 8 * row_bytes),
        base=int("".join("01"[dark] for row in rows for dark in row), 2),
    )


def _block_sizes(version: int, level: str) -> list[tuple[int, int]]:
    """Return data and error correction codewords of each block, in order."""
    from qrcode import constants
    from qrcode.base import rs_blocks

    blocks = rs_blocks(version, getattr(constants, f"ERROR_CORRECT_{level}"))
    return [(block.data_count, block.total_count - block.data_count) for block in blocks]


def _learned(
    version: int, level: str, mask: int, codewords: int
) -> tuple[list[list[bool]], list[tuple[int, int]]]:
    """Return the modules of a symbol of zero codewords, and the (row, column) of each bit in order."""
    # Imported here because the library brings Pillow along: memory that most processes never need.
    from qrcode import QRCode, constants

    symbol = QRCode(
        version=version, error_correction=getattr(constants, f"ERROR_CORRECT_{level}"), mask_pattern=mask
    )

    def drawn(byte: bytes) -> list[list[bool]]:
        symbol.data_cache = byte * codewords
        symbol.makeImpl(False, mask)
        return [[bool(dark) for dark in row] for row in symbol.modules]

    empty, full = drawn(b"\x00"), drawn(b"\xff")
    # The library fills what is None, and bits are where zeros and ones differ: blank those and watch it fill.
    order: list[tuple[int, int]] = []
    symbol.modules = [
        _Row(
            number, [None if dark != other else dark for dark, other in zip(row, others, strict=True)], order
        )
        for number, (row, others) in enumerate(zip(empty, full, strict=True))
    ]
    symbol.map_data(bytes(codewords), mask)
    return empty, order


def _interleaved(sizes: list[tuple[int, int]]) -> list[int]:
    """List the indexes of a block-by-block sequence in the order in which the codewords are drawn."""
    data_length = sum(data for data, _ in sizes)
    columns: list[int] = []
    for lengths, start in (([data for data, _ in sizes], 0), ([parity for _, parity in sizes], data_length)):
        blocks = [range(start + sum(lengths[:n]), start + sum(lengths[: n + 1])) for n in range(len(lengths))]
        columns += [index for column in zip_longest(*blocks) for index in column if index is not None]
    return columns


def _runs(order: list[tuple[int, int]], row_bits: int) -> tuple[tuple[slice, slice], ...]:
    """Pair slices of the canvas, one module a byte, with the slices of bits that go there."""
    runs: list[list[tuple[int, int]]] = []
    for column, row, bit in sorted((column, row, bit) for bit, (row, column) in enumerate(order)):
        module = row * row_bits + QUIET_ZONE + column
        run = runs[-1] if runs else []
        follows = bool(run) and module - run[-1][0] == row_bits
        if follows and (len(run) == 1 or bit - run[-1][1] == run[-1][1] - run[-2][1]):
            run.append((module, bit))
        else:
            runs.append([(module, bit)])
    return tuple((_slice([m for m, _ in run]), _slice([b for _, b in run])) for run in runs)


def _slice(indexes: list[int]) -> slice:
    step = indexes[1] - indexes[0] if len(indexes) > 1 else 1
    end = indexes[-1] + (1 if step > 0 else -1)
    return slice(indexes[0], end if end >= 0 else None, step)


class _Row(list[bool | None]):
    """A row of modules that notes, in `order`, which of them the library fills."""

    def __init__(self, number: int, modules: list[bool | None], order: list[tuple[int, int]]) -> None:
        super().__init__(modules)
        self._number = number
        self._order = order

    def __setitem__(self, column: Any, dark: Any) -> None:
        self._order.append((self._number, column))
        super().__setitem__(column, dark)
