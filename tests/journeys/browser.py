"""People in real browsers, one context each; and what a camera sees."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

from minzhengtong.demo.personas import load_personas

PageOf = Callable[[str], Page]
FRAME = (640, 480)

_HIDDEN = re.compile(r'type="hidden" name="(\w+)" value="([^"]*)"')


@contextmanager
def people(browser: Browser, url: str) -> Iterator[PageOf]:
    """Give a function that opens a persona's browser and returns its empty page."""
    with ExitStack() as opened:
        visit = partial(visiting, browser, url, permissions=["camera"])
        yield lambda persona: opened.enter_context(visit(persona))


@contextmanager
def visiting(browser: Browser, url: str, persona: str, **settings: Any) -> Iterator[Page]:
    """The empty page of a persona who is logged in, in a browser context with these settings."""
    with browser.new_context(base_url=url, **{"locale": "zh-CN"} | settings) as context:
        let_in(context, url, persona)
        yield context.new_page()


def let_in(context: BrowserContext, url: str, persona: str) -> None:
    """Log in as the button of a persona does, without a page: two requests instead of 0.5 s of a browser."""
    page = context.request.get("/login").text()
    form = dict(_HIDDEN.findall(page)) | {"persona": persona}
    answer = context.request.post("/login/persona", form=form, headers={"Origin": url}, max_redirects=0)
    assert answer.status == 303, answer.text()


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
