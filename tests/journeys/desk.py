"""Qiu at the scanner desk: what a tester does there, and what she reads. Knows the page, judges nothing."""

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.journeys.browser import show_to_camera

GATE, CLINIC = "fuzhou-bus-1-gate", "fuzhou-clinic-desk"
CHAIN = ("picture", "text", "signature", "time", "spend", "scopes", "certificate", "money")


class Desk:
    """The bench in one tester's browser; every scan begins on a fresh page."""

    def __init__(self, page: Page, terminal: str = GATE) -> None:
        self.page, self._terminal = page, terminal

    def at(self, terminal: str) -> "Desk":
        """The same page for scans at another terminal."""
        return Desk(self.page, terminal)

    def show(self, camera: Path, picture: bytes) -> "Desk":
        """Hold a picture before the camera."""
        show_to_camera(camera, picture)
        self._open()
        self.page.get_by_role("button", name="打开摄像头").click()
        return self._answered()

    def upload(self, picture: bytes, kind: str = "png") -> "Desk":
        self._open()
        self.page.set_input_files(
            "#picture", {"name": f"c.{kind}", "mimeType": f"image/{kind}", "buffer": picture}
        )
        self.page.get_by_role("button", name="读取图片").click()
        return self._answered()

    def paste(self, code: str, ask: str = "") -> "Desk":
        self._open()
        self.page.select_option("#ask", ask)
        self.page.fill("#code", code)
        self.page.get_by_role("button", name="核验文本").click()
        return self._answered()

    @property
    def verdict(self) -> tuple[str | None, str | None]:
        """The verdict and its stable reason."""
        said = self.page.locator("[data-verdict]")
        return said.get_attribute("data-verdict"), said.get_attribute("data-reason")

    @property
    def chain(self) -> dict[str, str | None]:
        """The outcome of every link, in the order shown."""
        links = self.page.locator("[data-step]").all()
        return {str(link.get_attribute("data-step")): link.get_attribute("data-outcome") for link in links}

    @property
    def amount_fen(self) -> int:
        return int(self.screen.locator("[data-amount]").get_attribute("data-amount") or -1)

    @property
    def receipt_no(self) -> str:
        return self.screen.locator("[data-receipt]").inner_text()

    @property
    def screen(self) -> Locator:
        """What the terminal shows."""
        return self.page.locator("#screen")

    def fact(self, name: str) -> str:
        """What was expected or received."""
        return self.page.locator(f"[data-fact={name}]").inner_text()

    def _open(self) -> None:
        self.page.goto("/bench")
        self.page.locator(f"[name=terminal_id][value={self._terminal}]").check()

    def _answered(self) -> "Desk":
        expect(self.page.locator("[data-verdict]")).to_be_visible(timeout=10_000)
        return self
