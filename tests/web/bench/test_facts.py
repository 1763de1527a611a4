"""What the bench's page says of expected and received: in the page's language, times in Fujian."""

import re
from collections.abc import Callable
from random import Random

import pytest
from flask import Flask, g

from minzhengtong.base.clock import FrozenClock, local_time, with_local_times
from minzhengtong.codes.cose import CodeRefused
from minzhengtong.codes.digits import read_digits
from minzhengtong.codes.holder import freeze
from minzhengtong.codes.picture_files import PictureRefused
from minzhengtong.codes.read import read_picture
from minzhengtong.web.bench.facts import fact
from tests.unit.codes.bending import Bender
from tests.unit.codes.minting import NOW, VERIFIER, mint
from tests.unit.codes.test_read import REFUSED
from tests.world.browser import Browser
from tests.world.facts import DESK, GATE
from tests.world.world import World

SHOWN = re.compile(r'<dd data-fact="\w+">(.*?)</dd>')
WORD = re.compile("[A-Za-z]{2,}")
NAMES = {"kid", "aud", "PNG", "JPEG", "QR", "ASCII", "MZ", "base", "Ed"}
"""What is written in Latin letters in Chinese as well."""


def english_in(*texts: str) -> set[str]:
    return {
        word for text in texts for word in WORD.findall(re.sub(r"\b(0x)?[0-9a-f]{4,16}\b", "", text))
    } - NAMES


def chinese(text: str) -> str:
    with Flask("minzhengtong").app_context():
        g.language = "zh"
        return str(fact(text))


def facts_of(page: str) -> list[str]:
    shown = SHOWN.findall(page)
    assert len(shown) == 2, page
    return shown


Case = Callable[[World, FrozenClock], dict[str, object]]


def used(house: World, _: FrozenClock) -> dict[str, object]:
    code = house.show().text
    house.terminal().scan(code)
    return {"code": code}


def older(house: World, _: FrozenClock) -> dict[str, object]:
    code = house.show().text
    house.terminal().scan(house.show().text)
    return {"code": code}


def frozen(house: World, clock: FrozenClock) -> dict[str, object]:
    code = house.show().text
    with house.runtime.db.write() as conn:
        freeze(conn, clock.now(), "per_lin", "holder")
    return {"code": code}


def late(kind: str) -> Case:
    def case(house: World, clock: FrozenClock) -> dict[str, object]:
        code = getattr(house.show(), kind)
        clock.advance(61)
        return {"code": code}

    return case


def early(kind: str) -> Case:
    def case(house: World, clock: FrozenClock) -> dict[str, object]:
        code = getattr(house.show(), kind)
        clock.advance(-60)
        return {"code": code}

    return case


CASES: dict[str, Case] = {
    "used": used,
    "older": older,
    "frozen": frozen,
    "late": late("text"),
    "late digits": late("digits"),
    "early": early("text"),
    "early digits": early("digits"),
    "digits of no code": lambda _house, _clock: {"code": "785335636613045519"},
    "full width": lambda _house, _clock: {"code": "ＭＺ１"},
    "another key": lambda _house, _clock: {"code": mint()},
    "no balance": lambda house, _: {"code": house.show("wu").text},
    "no certificate": lambda house, _: {"code": house.show("huang").text, "terminal_id": DESK},
    "revoked certificate": lambda house, _: {"code": house.show("zheng").text, "terminal_id": DESK},
    "no terminal": lambda _house, _clock: {"terminal_id": "一"},
}


@pytest.mark.parametrize("name", CASES)
def test_the_page_explains_a_refusal_in_its_language(
    house: World, qiu: Browser, clock: FrozenClock, name: str
) -> None:
    form = {"terminal_id": GATE} | CASES[name](house, clock)
    in_chinese = facts_of(qiu.send("/bench", **form, key="zh").text)
    qiu.send("/language", language="en")
    in_english = facts_of(qiu.send("/bench", **form, key="zh").text)
    assert english_in(*in_chinese) == set()
    assert english_in(*in_english) != set()
    assert not re.search("[0-9]Z", "".join(in_chinese + in_english))


def test_times_on_the_page_are_those_of_fujian(house: World, qiu: Browser, clock: FrozenClock) -> None:
    code = house.show().text
    clock.advance(61)
    page = qiu.send("/bench", terminal_id=GATE, code=code, key="k").text
    assert local_time(clock.now()) in facts_of(page)[0]


@pytest.mark.parametrize(
    ("english", "said"),
    [
        ("a code for certificates, pay", "可用于亮证、付款的码"),
        ("a valid medical-insurance", "有效的医保电子凭证"),
        ("claims of senior-card within: none", "不要老年人优待证的字段"),
        (
            "a session from 2026-11-20T04:00:00Z to 2026-11-20T04:02:00Z",
            "2026-11-20 12:00:00 至 2026-11-20 12:02:00 可继续的扫码",
        ),
        ("a sentence of an app", '<span lang="en">a sentence of an app</span>'),
        ("<b>", '<span lang="en">&lt;b&gt;</span>'),
        ("应用自己的话", "应用自己的话"),
    ],
)
def test_parts_of_a_sentence_are_said_in_chinese(english: str, said: str) -> None:
    assert chinese(english) == said


def test_only_whole_utc_times_are_moved() -> None:
    moved = with_local_times("iat 2026-11-20T20:30:00Z, x2026-11-20T20:30:00Z, 2026-11-20")
    assert moved == "iat 2026-11-21 04:30:00, x2026-11-20T20:30:00Z, 2026-11-20"


def refusal_of(text: str) -> CodeRefused | None:
    try:
        read_digits(text) if text[:1].isdigit() else VERIFIER.verify(text, NOW)
    except CodeRefused as refused:
        return refused
    return None


def test_every_bent_code_is_explained_in_chinese() -> None:
    ways = Bender(Random(1), [mint(), mint()], ["780000000000000125"]).ways
    refused = [refusal for bend in ways.values() for _ in range(40) if (refusal := refusal_of(bend()))]
    said = {text for refusal in refused for text in (refusal.expected, refusal.received)}
    assert len(said) > 50
    assert english_in(*map(chinese, said)) == set()


REFUSED_PICTURES = (
    "text",
    "cut PNG",
    "blank",
    "thread",
    "too many bytes",
    "many segments",
    "many scans",
    "lossless JPEG",
)


@pytest.mark.parametrize("name", REFUSED_PICTURES)
def test_every_refused_picture_is_explained_in_chinese(name: str) -> None:
    with pytest.raises(PictureRefused) as caught:
        read_picture(REFUSED[name][0]())
    assert english_in(chinese(caught.value.expected), chinese(caught.value.received)) == set()
