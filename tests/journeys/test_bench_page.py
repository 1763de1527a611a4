"""The scanner desk as a page: whole for everybody, on a phone and a desktop, in both languages."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.journeys.browser import PageOf, show_to_camera, visiting
from tests.journeys.desk import GATE, Desk
from tests.journeys.server import Server

PHONE = {"width": 360, "height": 740}


@pytest.mark.parametrize(("locale", "scheme", "width"), [("zh-CN", "light", 1280), ("en-US", "dark", 360)])
def test_everybody_can_read_the_desk(
    browser: Browser, server: Server, locale: str, scheme: str, width: int
) -> None:
    looks = {"locale": locale, "color_scheme": scheme, "viewport": {"width": width, "height": 800}}
    with visiting(browser, server.url, "qiu", **looks, bypass_csp=True) as page:  # axe is put into the page
        page.goto("/bench")
        page.locator(f"[name=terminal_id][value={GATE}]").check()
        page.fill("#code", "not a code")
        page.locator("button[value=text]").click()
        expect(page.locator("[data-verdict=refused]")).to_be_visible()
        page.locator("#why summary").click()
        assert [found["id"] for found in Axe().run(page).response["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_a_testers_bar_fits_a_phone(browser: Browser, server: Server, locale: str) -> None:
    with visiting(browser, server.url, "qiu", locale=locale, viewport=PHONE) as page:
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


def test_without_script_the_answer_is_in_sight(browser: Browser, server: Server) -> None:
    with visiting(browser, server.url, "qiu", viewport=PHONE, java_script_enabled=False) as page:
        page.goto("/bench")
        page.locator(f"[name=terminal_id][value={GATE}]").check()
        page.fill("#code", "not a code")
        page.locator("button[value=text]").click()
        expect(page.locator("[data-verdict=refused]")).to_be_in_viewport()


def test_a_command_is_copied(desk: Desk) -> None:
    page = desk.paste("it's not a code").page
    page.context.grant_permissions(["camera", "clipboard-read", "clipboard-write"])
    box = page.locator("#why [data-copy]")
    box.locator("summary").click()
    box.get_by_role("button").click()
    expect(box.get_by_role("button")).to_have_text("已复制")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == box.locator("code").inner_text()
    assert "/api/v1/bench/scans" in copied


def test_the_camera_can_be_closed(desk: Desk, camera: Path) -> None:
    blank = BytesIO()
    Image.new("L", (90, 90), 200).save(blank, "PNG")
    show_to_camera(camera, blank.getvalue())
    page = desk.page
    page.goto("/bench")
    page.get_by_role("button", name="打开摄像头").click()
    expect(page.locator("video")).to_be_visible()
    page.get_by_role("button", name="关闭摄像头").click()
    expect(page.locator("video")).to_be_hidden()
    expect(page.get_by_role("button", name="打开摄像头")).to_be_visible()


def test_a_file_larger_than_any_picture_is_explained(desk: Desk) -> None:
    page = desk.page
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
