"""The division list, its retired codes and the ten regions."""

import pytest

from minzhengtong.base.errors import NotFound
from minzhengtong.places.divisions import REGIONS, division, is_division, region_of
from minzhengtong.standards.id_number import SIMULATOR_AREA


def test_ten_regions_issue_codes() -> None:
    assert [region.code for region in REGIONS] == [*(f"350{city}00" for city in range(1, 10)), "350128"]
    assert {region.name_en for region in REGIONS} >= {"Fuzhou City", "Pingtan County"}


@pytest.mark.parametrize(
    ("code", "region"),
    [
        ("350102", "350100"),
        ("350128", "350128"),  # Pingtan stands on its own, though the list has it under Fuzhou
        ("350981", "350900"),
        ("350402", "350400"),  # retired in 2021
        ("350500", "350500"),
    ],
)
def test_each_division_belongs_to_a_region(code: str, region: str) -> None:
    assert region_of(code) == region


@pytest.mark.parametrize("code", ["350000", "110105", SIMULATOR_AREA, "", "3501", "350102\0"])
def test_unknown_codes_and_the_province_have_no_region(code: str) -> None:
    with pytest.raises(NotFound):
        region_of(code)


def test_retired_codes_are_no_longer_current() -> None:
    assert is_division("350181")
    assert is_division("350182")
    assert not is_division("350182", historical=False)
    assert not is_division(SIMULATOR_AREA)
    assert (division("350182").name, division("350112").name) == ("长乐市", "长乐区")
    with pytest.raises(NotFound):
        division("350183")


def test_the_list_has_the_current_divisions() -> None:
    codes = [f"35{rest:04d}" for rest in range(10_000)]
    in_force = [division(code) for code in codes if is_division(code, historical=False)]
    levels = [row.level for row in in_force]
    assert (levels.count("prefecture_city"), levels.count("district")) == (9, 31)
    assert (levels.count("county_level_city"), levels.count("county")) == (11, 42)
    assert sum(is_division(code) for code in codes) == 111
    assert all(is_division(row.parent or "350000", historical=False) for row in in_force)
