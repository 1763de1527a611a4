"""Names are split as people split them."""

import pytest

from minzhengtong.identity.names import split_name, split_name_en


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("林晓闽", ("林", "晓闽")),
        ("何安", ("何", "安")),
        ("欧阳文静", ("欧阳", "文静")),
        ("欧阳静", ("欧阳", "静")),
        ("欧阳", ("欧", "阳")),  # somebody must have a given name
        ("葛\U000e0100城", ("葛\U000e0100", "城")),
        ("\U0002070e小城", ("\U0002070e", "小城")),
        ("林", (None, "林")),
        ("阿依古丽·买买提", (None, "阿依古丽·买买提")),
        ("测试 1", (None, "测试 1")),
        ("", (None, "")),
    ],
)
def test_chinese_names(name: str, split: tuple[str | None, str]) -> None:
    assert split_name(name) == split


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("Lin Xiaomin", ("Lin", "Xiaomin")),
        ("Ouyang Wen Jing", ("Ouyang", "Wen Jing")),
        ("Lin", (None, "Lin")),
    ],
)
def test_names_in_latin_letters(name: str, split: tuple[str | None, str]) -> None:
    assert split_name_en(name) == split
