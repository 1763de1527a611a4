"""Makes the pictures of README.md from the running program: `.venv/bin/python -m docs.pictures`.

Starts a simulator of its own on a free port; people use it in a real Chromium. Judges nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, Page

from tests.engines import chromium
from tests.journeys.browser import code_picture, log_in
from tests.journeys.desk import Desk
from tests.journeys.server import Server

FOLDER = Path(__file__).with_name("pictures")
COLOURS = 128
MAX_BYTES = 150_000
PHONE = {"width": 390, "height": 780}
DESKTOP = {"width": 1200, "height": 860}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        server = Server(Path(folder))
        server.start()
        try:
            with chromium.running(Path(folder) / "camera.mjpeg") as browser:
                photograph(browser, server)
        finally:
            server.stop()


def photograph(browser: Browser, server: Server) -> None:
    with opened(browser, server, PHONE) as lin, opened(browser, server, DESKTOP) as qiu:
        log_in(lin, "lin")
        log_in(qiu, "qiu")
        shoot(lin, "home", "/")
        lin.goto(server.app_url("clinic") + "/")
        lin.wait_for_url("**/oauth/consent/**")
        shoot(lin, "consent")
        lin.locator("form button.button-primary").click()
        lin.wait_for_url(server.app_url("clinic") + "/**")
        picture = code_picture(lin)
        shoot(lin, "code")
        Desk(qiu).upload(picture)
        shoot(qiu, "bench")
    with opened(browser, server, PHONE, "en-GB") as lin:
        log_in(lin, "lin")
        shoot(lin, "activity-en", "/activity")


@contextmanager
def opened(
    browser: Browser, server: Server, viewport: dict[str, int], locale: str = "zh-CN"
) -> Iterator[Page]:
    """A page in a browser context of its own."""
    context = browser.new_context(
        base_url=server.url,
        locale=locale,
        viewport={"width": viewport["width"], "height": viewport["height"]},
        device_scale_factor=1.5,
    )
    yield context.new_page()
    context.close()


def shoot(page: Page, name: str, path: str = "") -> None:
    """Write what the page shows as a small PNG."""
    if path:
        page.goto(path)
    page.wait_for_load_state("networkidle")
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    target = FOLDER / f"{name}.png"
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)
    size = target.stat().st_size
    if size > MAX_BYTES:
        raise SystemExit(f"{target} has {size} bytes, more than {MAX_BYTES}")


if __name__ == "__main__":
    main()
