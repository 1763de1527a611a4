"""The scanner desk as a page: whole for everybody, on a phone and a desktop, in both languages."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.journeys.browser import PageOf, log_in, show_to_camera
from tests.journeys.desk import GATE, Desk
from tests.journeys.server import Server


@pytest.mark.parametrize(("locale", "scheme", "width"), [("zh-CN", "light", 1280), ("en-US", "dark", 360)])
def test_everybody_can_read_the_desk(
    browser: Browser, server: Server, locale: str, scheme: str, width: int
) -> None:
    context = browser.new_context(
        base_url=server.url,
        locale=locale,
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": 800},
        bypass_csp=True,  # axe is put into the page
    )
    page = context.new_page()
    log_in(page, "qiu")
    page.goto("/bench")
    page.locator(f"[name=terminal_id][value={GATE}]").check()
    page.fill("#code", "not a code")
    page.locator("button[value=text]").click()
    expect(page.locator("[data-verdict=refused]")).to_be_visible()
    page.locator("#why summary").click()
    assert [found["id"] for found in Axe().run(page).response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_a_testers_bar_fits_a_phone(browser: Browser, server: Server, locale: str) -> None:
    phone = browser.new_context(base_url=server.url, locale=locale, viewport={"width": 360, "height": 740})
    page = phone.new_page()
    log_in(page, "qiu")
    for path in ("/", "/bench"):
        page.goto(path)
        bar = page.get_by_role("banner")
        for shown in bar.get_by_role("link").all() + bar.get_by_role("button").all():
            box = shown.bounding_box()
            assert box
            assert 0 <= box["x"] <= box["x"] + box["width"] <= 360, shown.inner_text()
        height = bar.bounding_box()
        assert height
        assert height["height"] < 60, "one line"
    phone.close()


def test_without_script_the_answer_is_in_sight(browser: Browser, server: Server) -> None:
    phone = browser.new_context(
        base_url=server.url, viewport={"width": 360, "height": 740}, java_script_enabled=False
    )
    page = phone.new_page()
    log_in(page, "qiu")
    page.goto("/bench")
    page.locator(f"[name=terminal_id][value={GATE}]").check()
    page.fill("#code", "not a code")
    page.locator("button[value=text]").click()
    expect(page.locator("[data-verdict=refused]")).to_be_in_viewport()
    phone.close()


def test_a_command_is_copied(page_of: PageOf) -> None:
    page = page_of("qiu")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    desk = Desk(page).paste("it's not a code")
    box = desk.page.locator("#why [data-copy]")
    box.locator("summary").click()
    box.get_by_role("button").click()
    expect(box.get_by_role("button")).to_have_text("已复制")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == box.locator("code").inner_text()
    assert "/api/v1/bench/scans" in copied


def test_the_camera_can_be_closed(page_of: PageOf, camera: Path) -> None:
    blank = BytesIO()
    Image.new("L", (90, 90), 200).save(blank, "PNG")
    show_to_camera(camera, blank.getvalue())
    page = page_of("qiu")
    page.goto("/bench")
    page.get_by_role("button", name="打开摄像头").click()
    expect(page.locator("video")).to_be_visible()
    page.get_by_role("button", name="关闭摄像头").click()
    expect(page.locator("video")).to_be_hidden()
    expect(page.get_by_role("button", name="打开摄像头")).to_be_visible()


def test_a_file_larger_than_any_picture_is_explained(page_of: PageOf) -> None:
    page = page_of("qiu")
    page.goto("/bench")
    page.locator(f"[name=terminal_id][value={GATE}]").check()
    page.set_input_files("#picture", {"name": "c.png", "mimeType": "image/png", "buffer": bytes(7_500_000)})
    page.get_by_role("button", name="读取图片").click()
    expect(page.locator("#why")).to_contain_text("图片不超过 5 MB")


def test_a_lost_login_leads_to_the_login_page(page_of: PageOf) -> None:
    page = page_of("qiu")
    page.goto("/bench")
    page.context.clear_cookies()
    page.locator(f"[name=terminal_id][value={GATE}]").check()
    page.get_by_role("button", name="核验文本").click()
    page.wait_for_url(re.compile(r"/login\?next=/bench$"))
