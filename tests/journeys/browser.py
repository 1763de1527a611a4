"""People in real browsers, one context each, logged in by phone and password; and what a camera sees."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

from minzhengtong.demo.personas import load_personas

PageOf = Callable[[str], Page]
FRAME = (640, 480)


@contextmanager
def people(browser: Browser, url: str) -> Iterator[PageOf]:
    """Give a function that logs a persona in, in a browser context of its own, and returns its page."""
    contexts: list[BrowserContext] = []

    def page_of(persona: str) -> Page:
        context = browser.new_context(base_url=url, locale="zh-CN", permissions=["camera"])
        contexts.append(context)
        page = context.new_page()
        log_in(page, persona)
        return page

    yield page_of
    for context in contexts:
        context.close()


def log_in(page: Page, persona: str) -> None:
    """Log in by phone and password at the platform's own page."""
    personas = load_personas()
    phone = next(person.phone for person in personas.people if person.key == persona)
    assert phone, f"{persona} has no phone"
    page.goto("/login")
    page.locator("[name=phone]").fill(phone)
    page.locator("[name=password]").fill(personas.password)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(lambda address: "/login" not in address)


def code_picture(page: Page) -> bytes:
    """A photograph of the code that the citizen's page shows, as PNG."""
    page.goto("/code")
    return page.locator("svg[role=img]").first.screenshot(scale="device")


def show_to_camera(camera: Path, picture: bytes) -> None:
    """Hold a picture before the browser's camera: three equal frames, which Chromium loops."""
    frame = Image.new("L", FRAME, 255)
    code = Image.open(BytesIO(picture)).convert("L")
    side = min(FRAME) - 40
    frame.paste(code.resize((side, side)), ((FRAME[0] - side) // 2, 20))
    jpeg = BytesIO()
    frame.save(jpeg, "JPEG", quality=90)
    camera.write_bytes(jpeg.getvalue() * 3)
