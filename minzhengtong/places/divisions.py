"""The divisions of Fujian (GB/T 2260, retired codes too) and the ten regions that issue codes."""

import csv
from dataclasses import dataclass
from importlib.resources import files

from minzhengtong.base.errors import NotFound

PINGTAN = "350128"
"""A county in the standard. Its experimental area is run like a prefecture, so it is a region of its own."""


@dataclass(frozen=True, slots=True)
class Division:
    """A division; `current` is false once its code was retired."""

    code: str
    level: str  # province | prefecture_city | district | county | county_level_city
    name: str
    name_en: str
    parent: str | None
    current: bool


@dataclass(frozen=True, slots=True)
class Region:
    """One of the ten regions that issue codes."""

    code: str
    name: str
    name_en: str


def _read() -> dict[str, Division]:
    text = (files(__package__) / "divisions.csv").read_text("utf-8")
    return {
        row["code"]: Division(
            row["code"],
            row["level"],
            row["zh_name"],
            row["en_name"],
            row["parent_code"] or None,
            not row["valid_to"],
        )
        for row in csv.DictReader(text.splitlines())
    }


_DIVISIONS = _read()
REGIONS: tuple[Region, ...] = tuple(
    Region(row.code, row.name, row.name_en)
    for row in sorted(_DIVISIONS.values(), key=lambda row: (row.code == PINGTAN, row.code))
    if row.level == "prefecture_city" or row.code == PINGTAN
)
_REGION_CODES = frozenset(region.code for region in REGIONS)


def division(code: str) -> Division:
    """Return the division with this code, retired or not. Raises: NotFound."""
    try:
        return _DIVISIONS[code]
    except KeyError:
        raise NotFound("the code of a division of Fujian", code) from None


def lineage(code: str) -> tuple[Division, ...]:
    """Return the division with this code and those above it, the province first. Raises: NotFound."""
    row = division(code)
    return (*lineage(row.parent), row) if row.parent else (row,)


def is_division(code: str, historical: bool = True) -> bool:
    """Return whether the code is a division's; without `historical`, only if it is not retired."""
    row = _DIVISIONS.get(code)
    return row is not None and (historical or row.current)


def region_of(division_code: str) -> str:
    """Return the code of the region that a division belongs to: its city, or Pingtan.

    Raises: NotFound for an unknown code and for the province, which belongs to no region.
    """
    row: Division = division(division_code)
    while row.code not in _REGION_CODES:
        if row.parent is None:
            raise NotFound("a division below the province", division_code)
        row = division(row.parent)
    return row.code
