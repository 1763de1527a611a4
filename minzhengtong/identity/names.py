"""Splits a person's name into the family name and the given name."""

import re

_CHARACTER = re.compile("[\u3400-\u9fff\U00020000-\U000323af][\ufe00-\ufe0f\U000e0100-\U000e01ef]?")
"""One Chinese character, with the variation selector that it may have."""
_COMPOUND_SURNAME = re.compile(
    "万俟|司马|上官|欧阳|夏侯|诸葛|闻人|东方|赫连|皇甫|尉迟|公羊|澹台|公冶|宗政|濮阳|淳于|单于|太叔|申屠|公孙|仲孙|"
    "轩辕|令狐|钟离|宇文|长孙|慕容|鲜于|闾丘|司徒|司空|司寇|颛孙|端木|巫马|公西|漆雕|乐正|拓跋|夹谷|谷梁|段干|百里|"
    "东郭|南门|呼延|羊舌|微生|梁丘|左丘|东门|西门|南宫|第五|独孤|纳兰"
)


def split_name(name: str) -> tuple[str | None, str]:
    """The family name and the given name: 林晓闽 → 林, 晓闽; 欧阳晓闽 → 欧阳, 晓闽.

    The registers hold a name as a whole, so the rule is that of usage: two characters before at least one
    other if they are a compound surname, else one. A name that is not all Chinese characters, such as
    阿依古丽·买买提, is a given name as a whole: OpenID Connect Core §5.1 knows people without a family name.
    """
    characters = _CHARACTER.findall(name)
    if len(characters) < 2 or "".join(characters) != name:
        return None, name
    first_two = "".join(one[0] for one in characters[:2])
    length = 2 if len(characters) > 2 and _COMPOUND_SURNAME.fullmatch(first_two) else 1
    return "".join(characters[:length]), "".join(characters[length:])


def split_name_en(name: str) -> tuple[str | None, str]:
    """The same for a name in Latin letters, with the family name first and a blank after it: Lin Xiaomin."""
    family, _, given = name.partition(" ")
    return (family, given) if given else (None, name)
