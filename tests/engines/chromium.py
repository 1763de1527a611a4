"""A real, headless Chromium whose camera shows what a test wants. Knows no page of ours."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.engines.postgresql import EngineMissing

if TYPE_CHECKING:
    from playwright.sync_api import Browser

QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


@contextmanager
def running(camera: Path) -> "Iterator[Browser]":
    """One browser; its camera shows the MJPEG in `camera`, read anew at each getUserMedia, looped."""
    from playwright.sync_api import sync_playwright  # a tenth of the time to the first test, and few need it

    executable = os.environ.get("MZTTEST_CHROMIUM") or shutil.which("chromium")
    if not executable:
        raise EngineMissing("no Chromium: run the tests by `python3 dev.py test`, or set MZTTEST_CHROMIUM")
    fake_camera = (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={camera}",
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=[*QUIET, *fake_camera])
        try:
            yield browser
        finally:
            browser.close()
