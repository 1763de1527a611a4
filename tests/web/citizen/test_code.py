"""The code page: fresh codes, the last result, freezing."""

import json

from minzhengtong.base.clock import FrozenClock
from tests.world.browser import Browser
from tests.world.facts import DESK, FARE, INSURED
from tests.world.world import World


def mark_in(page: str) -> str:
    return page.partition('data-mark="')[2].partition('"')[0]


def mark(person: Browser) -> str:
    return str(json.loads(person.get("/code/status").text)["mark"])


def test_every_visit_shows_a_new_code_that_can_be_spent(house: World, lin: Browser) -> None:
    first, second = lin.shown_code(), lin.shown_code()
    assert first != second
    assert house.scan(first, FARE).verdict == "pass"
    assert house.scan(second, FARE).verdict == "pass"


def test_the_page_works_without_script(lin: Browser) -> None:
    page = lin.get("/code").text
    assert page.count('SIMULATED · <span lang="zh-Hans">模拟</span>') == 1
    assert '<noscript><meta http-equiv="refresh" content="30;url=/code?seen="></noscript>' in page
    for ability in ("付款", "亮证", "乘车", "医保"):
        assert ability in page


def test_without_script_the_next_reload_shows_the_result_alone(
    house: World, lin: Browser, clock: FrozenClock
) -> None:
    code = lin.shown_code()
    clock.advance(1)
    house.scan(code, FARE)
    clock.advance(29)  # the page reloads every 30 s
    reloaded = lin.get("/code?seen=").text
    for text in ("通过", "¥2.00", "1 路公交闸机 · 福州", "2026-11-20 12:00:01", "查看收据"):
        assert text in reloaded
    assert 'class="code"' not in reloaded
    assert f'content="10;url=/code?seen={mark_in(reloaded)}"' in reloaded
    assert 'class="code"' in lin.get(f"/code?seen={mark_in(reloaded)}").text
    clock.advance(11)
    assert "¥2.00" not in lin.get("/code?seen=").text, "a result of 40 s ago is shown"


def test_the_refreshed_part_has_the_new_result(house: World, lin: Browser) -> None:
    assert mark(lin) == ""
    house.scan(lin.shown_code(), FARE)
    part = lin.send("/code/fresh", seen="").text
    assert "<html" not in part
    assert "¥2.00" in part
    assert "1 路公交闸机 · 福州" in part
    assert f'data-mark="{mark(lin)}"' in part


def test_a_result_stands_apart_from_the_code_with_place_and_time(house: World, lin: Browser) -> None:
    house.scan(lin.shown_code(), FARE)
    part = lin.send("/code/fresh", seen="").text
    assert "通过" in part
    assert "2026-11-20 12:00:00" in part
    assert 'class="code"' not in part
    after = lin.send("/code/fresh", seen=mark(lin)).text
    assert ('class="code"' in after, 'class="result' in after.replace("result-place", "")) == (True, False)
    assert "¥2.00" not in lin.get("/code").text, "a reload shows the result again"


def test_the_mark_changes_when_a_desk_continues_its_scan(house: World, lin: Browser) -> None:
    scan = house.scan(lin.shown_code(), INSURED, at=DESK)
    shown = mark(lin)
    house.go_on(scan, {"kind": "pay", "amount_fen": 1000, "subject": "挂号费"})
    assert shown != mark(lin) != ""


def test_a_result_is_shown_for_ten_seconds(house: World, lin: Browser, clock: FrozenClock) -> None:
    scan = house.scan(lin.shown_code(), INSURED, at=DESK)
    clock.advance(9)
    assert mark(lin)
    clock.advance(1)
    assert mark(lin) == ""
    assert 'class="code"' in lin.send("/code/fresh", seen="").text
    house.go_on(scan, {"kind": "pay", "amount_fen": 1000, "subject": "挂号费"})
    assert "¥10.00" in lin.send("/code/fresh", seen="").text


def test_a_refusal_tells_why(house: World) -> None:
    wu = house.person("wu")
    house.scan(wu.shown_code(), FARE)
    page = wu.send("/code/fresh", seen="").text
    assert "<strong>未通过</strong>" in page
    assert '<p class="small">余额不足</p>' in page


def test_freezing_stops_the_code_on_screen_and_can_be_undone(house: World, lin: Browser) -> None:
    shown = lin.shown_code()
    assert lin.send("/code/freeze").status_code == 303
    assert house.scan(shown, FARE).reason == "account_frozen"
    assert lin.shown_code() == ""
    assert lin.send("/code/unfreeze").status_code == 303
    assert house.scan(lin.shown_code(), FARE).verdict == "pass"


def test_a_citizen_cannot_lift_a_freeze_by_the_platform(house: World) -> None:
    he = house.person("he")
    page = he.get("/code").text
    assert "您的账户已被平台冻结" in page
    assert "/code/unfreeze" not in page
    assert he.send("/code/unfreeze").status_code == 403


def test_every_change_needs_a_form_token(lin: Browser) -> None:
    lin.get("/code")
    for path in ("/code/fresh", "/code/freeze", "/code/unfreeze"):
        assert lin.send(path, csrf_token="forged").status_code == 400
    assert "您已口头挂失" not in lin.get("/code").text


def test_codes_are_for_people_who_logged_in(house: World) -> None:
    nobody = house.browser()
    assert nobody.look("/code").headers["Location"] == "/login?next=/code"
    nobody.get("/login")
    assert nobody.send("/code/fresh").status_code == 401
