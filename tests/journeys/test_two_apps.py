"""Huang, who consents in no other journey, opens two mini-apps with one login; one logout ends both."""

import re
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.journeys.browser import PageOf, log_in, visiting
from tests.journeys.server import Server

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def agree(page: Page) -> None:
    """Say yes on the consent sheet."""
    page.wait_for_url("**/oauth/consent/**")
    page.locator("form button.button-primary").click()


def test_one_login_opens_two_apps_and_one_logout_ends_them(server: Server, page_of: PageOf) -> None:
    page = page_of("huang")
    page.goto("/")
    page.locator("main").get_by_role("link", name="城市公交").first.click()
    page.wait_for_url("**/oauth/consent/**")
    sheet = page.locator("main").inner_text()
    assert "城市公交" in sheet
    assert "在乘车页面上称呼您，便于确认是您本人的记录" in sheet
    assert "手机号" not in sheet
    agree(page)
    expect(page.locator("h1")).to_have_text("黄新，您好")
    page.get_by_role("link", name="返回闽政通").click()
    page.locator("main").get_by_role("link", name="门诊挂号").first.click()
    agree(page)
    expect(page.get_by_text("100****0003")).to_be_visible()

    page.goto("/me")
    page.get_by_role("button", name="退出登录").click()
    for slug in ("transit", "clinic"):
        expect_ended(page, server.app_url(slug) + "/")
    log_in(page, "huang")
    page.goto(server.app_url("transit") + "/")
    expect(page.locator("h1")).to_have_text("黄新，您好")  # consent is remembered


def expect_ended(page: Page, url: str) -> None:
    """The app asks for a login within the second that an event may take."""
    page.goto(url)
    for _ in range(20):
        if "/login" in page.url:
            return
        page.wait_for_timeout(100)
        page.goto(url)
    raise AssertionError(f"still logged in at {page.url}")


def test_her_first_address_may_be_an_apps_own(server: Server, browser: Browser) -> None:
    context = browser.new_context(base_url=server.url, locale="zh-CN")
    page = context.new_page()
    page.goto(server.app_url("clinic") + "/?from=poster")
    page.wait_for_url("**/login**")
    page.locator("[name=phone]").fill("10000000002")
    page.locator("[name=password]").fill("minzhengtong-demo")
    page.locator("[name=password]").press("Enter")
    agree(page)
    page.wait_for_url(server.app_url("clinic") + "/?from=poster")
    context.close()


@pytest.mark.parametrize("slug", ["transit", "clinic"])
def test_axe_finds_nothing_and_a_phone_fits(server: Server, browser: Browser, slug: str) -> None:
    looks = {"locale": "en-GB", "viewport": {"width": 360, "height": 740}}
    with visiting(browser, server.url, "xu", **looks, bypass_csp=True) as page:  # for axe alone
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(server.app_url(slug) + "/")
        if "/oauth/consent/" in page.url:
            agree(page)
        expect(page.locator("h1")).to_have_text("Hello, Xu Zhiqiang")
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert errors == []


def test_an_app_opens_in_the_language_of_the_platform(server: Server, page_of: PageOf) -> None:
    page = page_of("chen")
    page.goto("/")
    page.get_by_role("button", name="English").click()
    page.locator("main").get_by_role("link", name="City bus").first.click()
    if "/oauth/consent/" in page.url:
        agree(page)
    expect(page.locator("h1")).to_have_text("Hello, Chen Xiuying")


def test_she_registers_without_javascript(server: Server, browser: Browser) -> None:
    with visiting(browser, server.url, "zheng", java_script_enabled=False) as page:
        page.goto(server.app_url("clinic") + "/")
        agree(page)
        page.get_by_label("科室").select_option("中医科")
        page.get_by_role("button", name="挂号").click()
        expect(page.locator("li", has_text="中医科")).to_contain_text("待缴费")
        page.get_by_role("link", name="English").click()
        expect(page.locator("li", has_text=re.compile("Traditional"))).to_contain_text("To be paid")
