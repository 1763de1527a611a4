"""Every door takes a code with the same things around it."""

import json
from base64 import b64encode
from collections.abc import Callable
from io import BytesIO

import pytest
import qrcode
from werkzeug.test import TestResponse

from tests.world.browser import Browser
from tests.world.caller import Caller, fresh_key
from tests.world.facts import FARE, GATE
from tests.world.world import World

Door = Callable[[str], str]
"""Scans a text and returns the verdict."""


def verdict_of(answer: TestResponse) -> str:
    return str(json.loads(answer.data)["verdict"])


@pytest.fixture
def doors(house: World, qiu: Browser, program: Caller) -> dict[str, Door]:
    app = house.terminal()

    def page(code: str) -> str:
        return "pass" if 'data-verdict="pass"' in qiu.send("/bench", terminal_id=GATE, code=code).text else ""

    def bench(**offer: str) -> str:
        body = {"terminal_id": GATE, **offer}
        answer = program.call("POST", "/api/v1/bench/scans", json=body, headers=fresh_key())
        return verdict_of(answer)

    def picture(code: str) -> str:
        drawn = BytesIO()
        qrcode.make(code).save(drawn)
        return bench(picture=b64encode(drawn.getvalue()).decode())

    return {
        "page": page,
        "bench API": lambda code: bench(code=code),
        "picture": picture,
        "API": lambda code: verdict_of(app.scan(code, FARE)),
    }


@pytest.mark.parametrize(("before", "after"), [("", "\r\n"), ("\r\n", ""), ("\t", " "), ("\ufeff", "\u3000")])
def test_a_code_and_its_digits_pass(house: World, doors: dict[str, Door], before: str, after: str) -> None:
    for name, door in doors.items():
        assert door(before + house.show().text + after) == "pass", name
        assert door(before + house.show().digits + after) == "pass", name
