"""A citizen's own pages in a real browser: readable for everybody, alive with script, whole without it."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.journeys.browser import PageOf, visiting
from tests.journeys.desk import Desk
from tests.journeys.server import Server

PAGES = ("/", "/services", "/services?q=nothing", "/code", "/wallet", "/activity", "/me")
ERRORS = ("/nowhere", "/receipts/none")
WIDTHS = (360, 1280)


def digits(page: Page) -> str:
    return "".join(page.locator(".code-digits > span:not([class])").all_inner_texts())


@pytest.mark.parametrize(("locale", "scheme", "width"), [("zh-CN", "light", 1280), ("en-GB", "dark", 360)])
def test_everybody_can_read_every_page(
    browser: Browser, server: Server, desk: Desk, locale: str, scheme: str, width: int
) -> None:
    looks: dict[str, Any] = {"locale": locale, "color_scheme": scheme}
    with visiting(browser, server.url, "xu", **looks, bypass_csp=True) as page:  # axe is put into the page
        page.goto("/code")
        desk.paste(digits(page))
        page.goto("/activity")
        receipt = page.locator("a[href^='/receipts/']").first.get_attribute("href")
        page.goto("/wallet")
        certificate = page.locator("a[href^='/wallet/']").first.get_attribute("href")
        for path in (*PAGES, *ERRORS, receipt, certificate):
            page.goto(str(path))
            for summary in page.locator("summary").all():
                summary.click()
            for shown in WIDTHS:
                page.set_viewport_size({"width": shown, "height": 740})
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, shown)
            page.set_viewport_size({"width": width, "height": 740})
            found = [(path, fault["id"]) for fault in Axe().run(page).response["violations"]]
            assert found == []


def test_nothing_is_stretched_or_turned(browser: Browser, server: Server) -> None:
    with visiting(browser, server.url, "xu", viewport={"width": 1280, "height": 900}) as page:
        page.goto("/oauth/logout")
        button = page.get_by_role("main").get_by_role("button").bounding_box()
        assert button
        assert button["height"] < 60, "as high as a button, however high the rail beside it"
        page.goto("/me")
        for row in page.locator("main .list > li").all():
            whole, link = row.bounding_box(), row.locator("a").bounding_box()
            assert whole
            assert link
            assert whole["height"] - link["height"] <= 1, "no gap below a row"
        page.goto("/code")
        page.locator("#freeze summary").click()
        expect(page.locator("#freeze summary .icon")).to_have_css("rotate", "none")


def test_no_page_breaks_its_own_policy(page_of: PageOf) -> None:
    page = page_of("xu")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    for path in PAGES:
        page.goto(path)
        page.locator("footer").wait_for()
    assert said == []


def test_a_result_comes_at_once_and_alone(page_of: PageOf, desk: Desk) -> None:
    phone = page_of("xu")
    phone.goto("/code")
    used = digits(phone)
    desk.paste(used)
    expect(phone.locator(".result.is-new")).to_contain_text("1 路公交闸机 · 福州", timeout=2500)
    assert digits(phone) == "", "a green result stands over an unused code"
    phone.reload()
    assert phone.locator(".result").count() == 0, "a reload shows it again"
    used = digits(phone)
    desk.paste(used)
    phone.locator(".result").get_by_role("link", name="现在显示").click()
    expect(phone.locator(".result")).to_have_count(0)
    assert digits(phone) not in ("", used)
    seconds = int(phone.locator(".code-seconds").inner_text())
    assert 25 <= seconds <= 30


def test_the_seconds_run_down_to_a_new_code(browser: Browser, server: Server) -> None:
    with visiting(browser, server.url, "xu") as page:
        page.clock.install()
        page.goto("/code")
        first = digits(page)
        page.clock.run_for(5_000)
        expect(page.locator(".code-seconds")).to_have_text(re.compile("2[56]"))
        page.clock.run_for(27_000)
        expect(page.locator(".code-digits")).not_to_have_text(re.compile(first[:6]))


def test_a_result_is_spoken_and_ends_after_ten_seconds(browser: Browser, server: Server, desk: Desk) -> None:
    with visiting(browser, server.url, "xu") as phone:
        phone.clock.install()
        phone.goto("/code")
        place = phone.locator("[aria-live]")
        place.evaluate("place => { place.dataset.same = 'yes' }")
        desk.paste(digits(phone))
        phone.clock.run_for(2_000)
        expect(place.locator(".is-new").get_by_role("link", name="查看收据")).to_be_visible()
        expect(place).to_have_attribute("data-same", "yes")
        phone.clock.run_for(12_000)
        expect(place.locator(".result")).to_have_count(0)
        expect(phone.locator(".code-digits")).to_be_visible()


def test_a_lost_network_is_said_and_mended(browser: Browser, server: Server) -> None:
    with visiting(browser, server.url, "xu") as page:
        page.goto("/code")
        page.context.set_offline(True)
        expect(page.locator("#offline")).to_be_visible()
        page.context.set_offline(False)
        expect(page.locator("#offline")).to_be_hidden()


def test_everything_works_without_script(browser: Browser, server: Server, desk: Desk) -> None:
    with visiting(browser, server.url, "xu", java_script_enabled=False) as page:
        page.goto("/code")
        desk.paste(digits(page))
        page.get_by_role("link", name="看结果").click()
        expect(page.locator(".result")).to_contain_text("1 路公交闸机 · 福州")
        page.get_by_role("link", name="查看收据").click()
        expect(page.locator(".receipt .money")).to_have_text("¥2.00")
        page.get_by_role("link", name="首页").click()
        page.get_by_role("searchbox").fill("公交")
        page.get_by_role("button", name="搜索").click()
        expect(page.locator("main .list-item")).to_have_count(1)
        page.get_by_role("button", name="English").click()
        expect(page.locator("h1")).to_have_text("Services")


def test_a_lost_phone_is_reported_and_found_again(browser: Browser, server: Server) -> None:
    with visiting(browser, server.url, "xu") as page:
        page.goto("/me")
        page.get_by_role("link", name="口头挂失").click()
        page.get_by_text("手机丢了").click()
        page.get_by_role("button", name="挂失一码通").click()
        expect(page.get_by_role("heading", name="一码通已停用")).to_be_visible()
        assert digits(page) == ""
        page.get_by_role("button", name="解除挂失").click()
        assert len(digits(page)) == 18


def test_the_keyboard_reaches_the_content_first(browser: Browser, server: Server) -> None:
    with visiting(browser, server.url, "xu") as page:
        page.goto("/")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
