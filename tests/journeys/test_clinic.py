"""Lin pays at the clinic: one scan shows the fields named of her insurance, then takes the fee."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.journeys.browser import PageOf, code_picture
from tests.journeys.desk import CHAIN, CLINIC, Desk
from tests.journeys.server import Server

NAMED = ["name", "insured_place"]


def register(page: Page, url: str) -> None:
    """Choose a department, and consent first if this is asked."""
    page.goto(url + "/")
    if "/oauth/consent/" in page.url:
        page.locator("form button.button-primary").click()
        page.wait_for_url(url + "/**")
    page.get_by_role("button", name="挂号").click()
    expect(page.locator(".badge.is-neutral").first).to_have_text("待缴费")


def test_one_scan_shows_the_insurance_takes_the_fee_and_is_in_the_log(
    server: Server, page_of: PageOf, desk: Desk, camera: Path
) -> None:
    lin, desk = page_of("lin"), desk.at(CLINIC)
    register(lin, server.app_url("clinic"))
    desk.show(camera, code_picture(lin))
    assert desk.verdict == ("pass", "")
    assert desk.chain == dict.fromkeys(CHAIN, "ok")
    shown = desk.screen.locator("[data-certificate=medical-insurance] [data-claim]")
    assert [claim.get_attribute("data-claim") for claim in shown.all()] == NAMED
    expect(desk.screen).to_contain_text("林晓闽")
    assert desk.amount_fen == 1000
    expect(lin.locator(".result .money")).to_have_text("¥10.00", timeout=2000)
    expect(lin.locator(".result")).to_contain_text("姓名、参保地")
    lin.goto("/activity")
    use = lin.locator("main li").first
    expect(use).to_contain_text("门诊收费窗口 · 福州")
    expect(use).to_contain_text("¥10.00")
    expect(use).to_contain_text("姓名、参保地")
