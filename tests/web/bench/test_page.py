"""The desk's page: who may open it, and what it answers to good and bad forms."""

import re
from html import unescape
from io import BytesIO
from typing import Any

import pytest

from minzhengtong.codes.draw import draw_png
from minzhengtong.web.bench import desk
from tests.web.language import unmarked_chinese
from tests.world.browser import Browser
from tests.world.facts import GATE
from tests.world.world import World


def test_only_a_tester_opens_the_desk(house: World) -> None:
    lin = house.person("lin")
    refused = lin.look("/bench")
    assert (refused.status_code, "这里只供测试员使用，您现在是林晓闽。" in refused.text) == (403, True)
    assert lin.submit("/logout").status_code == 200
    assert lin.at.endswith("/login?next=/"), "she cannot change to another person"
    stranger = house.browser().look("/bench")
    assert (stranger.status_code, "/login" in stranger.location) == (302, True)


def test_a_form_of_another_site_scans_nothing(house: World, qiu: Browser) -> None:
    answer = qiu.send("/bench", terminal_id=GATE, code=house.show().text, csrf_token="forged")
    assert answer.status_code == 400


def test_the_page_answers_with_the_chain_and_the_command(house: World, qiu: Browser) -> None:
    code = house.show().text
    page = qiu.send("/bench", terminal_id=GATE, code=code, source="text", key="k")
    assert page.status_code == 200
    assert 'data-verdict="pass"' in page.text
    assert page.text.count("data-step=") == 8
    assert code in page.text  # in the curl command
    again = qiu.send("/bench", terminal_id=GATE, code=code, source="text", key="k")
    assert 'data-verdict="pass"' in again.text
    other = qiu.send("/bench", terminal_id=GATE, code=code, source="text", key="l")
    assert 'data-reason="already_used"' in other.text


def test_a_terminal_that_may_not_ask_is_named_and_no_step_was_made(house: World, qiu: Browser) -> None:
    page = qiu.send("/bench", terminal_id=GATE, code=house.show().text, ask="medical-insurance")
    assert (page.status_code, 'data-reason="scope_not_granted"' in page.text) == (403, True)
    assert page.text.count('data-outcome="skipped"') == 8
    assert "1 路公交闸机 · 福州 · 城市公交" in page.text


def test_the_desk_says_before_what_each_terminal_may_ask(qiu: Browser) -> None:
    page = re.sub(r"\s+", " ", qiu.get("/bench").text)
    assert re.findall(r'value="([\w-]+)" data-asks="([^"]*)"', page) == [
        ("fuzhou-clinic-desk", "medical-insurance"),
        ("fuzhou-bus-1-gate", ""),
    ]
    assert re.findall(r'<option value="([^"]*)"', page) == ["", "medical-insurance"]


def test_a_code_from_before_a_freeze_is_refused_for_the_freeze(qiu: Browser) -> None:
    page = qiu.get("/bench?code=frozen").text
    found = re.search(r">(MZ1:[^<]+)</textarea>", page)
    assert found
    refused = qiu.send("/bench", terminal_id=GATE, code=unescape(found[1]), source="text")
    assert 'data-reason="account_frozen"' in refused.text


def test_a_picture_by_form(house: World, qiu: Browser) -> None:
    picture = (BytesIO(draw_png(house.show().text)), "c.png")
    form = {"terminal_id": GATE, "source": "picture", "picture": picture}
    assert 'data-verdict="pass"' in qiu.send("/bench", **form).text


def test_the_page_escapes_what_was_sent(qiu: Browser) -> None:
    page = qiu.send("/bench", terminal_id=GATE, code="</textarea><script>alert(1)</script>'").text
    assert 'data-reason="not_a_code"' in page
    assert "<script>alert" not in page


def test_the_page_allows_the_camera_and_no_inline_script(qiu: Browser) -> None:
    headers = qiu.get("/bench").headers
    assert headers["Permissions-Policy"].startswith("camera=(self)")
    assert "unsafe-inline" not in headers["Content-Security-Policy"]


def test_the_page_speaks_english(house: World, qiu: Browser) -> None:
    page = qiu.get("/bench", **{"Accept-Language": "en"}).text
    assert "Pick a terminal" in page
    assert unmarked_chinese(page) == []


def test_chinese_texts_on_the_english_desk_are_marked_as_chinese(house: World, qiu: Browser) -> None:
    code = house.show().text
    qiu.send("/language", language="en")
    paid = qiu.send("/bench", terminal_id=GATE, code=code, key="k").text
    assert "¥2.00, welcome aboard" in paid
    assert "请上车" not in paid
    assert unmarked_chinese(paid) == []
    free = qiu.send("/bench", terminal_id=GATE, code=house.show("chen").text, key="f").text
    assert free.count("Free ride with a senior card") == 1
    assert "敬老证" not in free
    qiu.send("/language", language="zh")
    refused = qiu.send("/bench", terminal_id=GATE, code=code, key="l").text
    assert '<dd data-fact="expected">没有用过的码</dd>' in refused


FORMS: list[tuple[dict[str, Any], int]] = [
    ({}, 404),
    ({"terminal_id": "no-such-gate", "code": "x"}, 404),
    ({"terminal_id": GATE}, 200),
    ({"terminal_id": GATE, "code": "码" * 9000}, 200),
    ({"terminal_id": GATE, "code": "²" * 18}, 200),
    ({"terminal_id": GATE, "source": "picture"}, 200),
    ({"terminal_id": GATE, "source": "picture", "picture": (BytesIO(b"GIF89a"), "c.png")}, 200),
    ({"terminal_id": GATE, "code": "x", "ask": "no-such-type", "source": "?"}, 200),
    ({"terminal_id": GATE, "code": "x", "ask": "senior-card"}, 403),
    ({"terminal_id": GATE, "code": "x" * 100_000}, 200),
]


def test_any_form_gets_a_page(qiu: Browser) -> None:
    for form, status in FORMS:
        page = qiu.send("/bench", **form)
        assert page.status_code == status, form
        assert "data-verdict" in page.text, form
        assert 'data-verdict="pass"' not in page.text, form


def test_a_body_larger_than_any_picture_is_refused(qiu: Browser) -> None:
    kind = "multipart/form-data; boundary=b"
    page = qiu.post("/bench", bytes(7_400_000), **{"Content-Type": kind})
    assert page.status_code == 413


def test_the_desk_lists_some_terminals_and_finds_the_others_by_search(
    qiu: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 'role="search"' not in qiu.get("/bench").text
    monkeypatch.setattr(desk, "MAX_TERMINALS", 1)
    for path, listed in (
        ("/bench", ["fuzhou-clinic-desk"]),
        ("/bench?q=bus", [GATE]),
        (f"/bench?terminal={GATE}", [GATE, "fuzhou-clinic-desk"]),
        ("/bench?q=nothing", []),
    ):
        page = qiu.get(path).text
        assert re.findall(r'name="terminal_id" value="([^"]+)"', page) == listed
        assert 'role="search"' in page
