"""Lin and Chen ride the bus: their one code at the gate, scanned in every way that the bench has."""

import json
import time
from io import BytesIO
from pathlib import Path

import httpx2
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from minzhengtong.codes.read import read_picture
from tests.journeys.browser import PageOf, code_picture, visiting
from tests.journeys.desk import CHAIN, GATE, Desk
from tests.journeys.server import Server

FARE_FEN = 200


def test_a_scan_by_camera_reaches_the_phone_at_once(page_of: PageOf, desk: Desk, camera: Path) -> None:
    lin = page_of("lin")
    desk.show(camera, code_picture(lin))
    shown = time.monotonic()
    expect(lin.locator(".result .money")).to_have_text("¥2.00", timeout=2000)
    assert time.monotonic() - shown < 2
    assert desk.verdict == ("pass", "")
    assert desk.chain == dict.fromkeys(CHAIN, "ok")
    assert desk.amount_fen == FARE_FEN
    assert _receipt_no(lin) == desk.receipt_no


@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_a_scan_by_picture_file(page_of: PageOf, desk: Desk, kind: str) -> None:
    picture = BytesIO()
    Image.open(BytesIO(code_picture(page_of("lin")))).convert("RGB").save(picture, kind)
    desk.upload(picture.getvalue(), kind)
    assert desk.verdict == ("pass", "")
    assert desk.amount_fen == FARE_FEN


def test_a_scan_by_pasted_text_and_by_digits(page_of: PageOf, desk: Desk) -> None:
    lin = page_of("lin")
    assert desk.paste(read_picture(code_picture(lin))).verdict == ("pass", "")
    assert desk.chain == {**dict.fromkeys(CHAIN, "ok"), "picture": "skipped"}
    lin.goto("/code")
    assert (
        desk.paste(lin.locator(".code-digits span:not([class])").all_inner_texts()[0]).verdict[0] == "refused"
    )
    digits = " ".join(lin.locator(".code-digits > span:not([class])").all_inner_texts())
    assert desk.paste(digits).verdict == ("pass", "")
    assert desk.chain["signature"] == "skipped"


def test_a_scan_from_the_command_line(server: Server, page_of: PageOf, tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    picture.write_bytes(code_picture(page_of("lin")))
    first = server.run("scan", str(picture), "--terminal", GATE)
    assert (first.returncode, first.stderr) == (0, "")
    assert "¥2.00" in first.stdout
    second = server.run("scan", str(picture), "--terminal", GATE, "--json")
    assert second.returncode == 1
    assert json.loads(second.stdout)["reason"] == "already_used"
    assert server.run("scan", str(picture), "--terminal", "no-such-gate").returncode == 2


def test_a_scan_by_the_api_with_a_token(server: Server, page_of: PageOf) -> None:
    token = server.run("token").stdout.strip()
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "ride-1"}
    body = {"terminal_id": GATE, "code": read_picture(code_picture(page_of("lin")))}
    with httpx2.Client(base_url=server.url, headers=headers, trust_env=False) as http:
        answer = http.post("/api/v1/bench/scans", json=body)
        again = http.post("/api/v1/bench/scans", json=body)
    assert answer.status_code == 201
    assert answer.json()["scan"]["payment"]["amount_fen"] == FARE_FEN
    assert again.content == answer.content


def test_a_senior_rides_free_for_a_yes(page_of: PageOf, desk: Desk) -> None:
    chen = page_of("chen")
    desk.upload(code_picture(chen))
    assert desk.verdict == ("pass", "")
    assert desk.screen.locator("[data-predicate=senior-card]").get_attribute("data-answer") == "true"
    assert desk.screen.locator("[data-certificate]").count() == 0  # nothing else left her wallet
    assert desk.amount_fen == 0
    expect(desk.screen).to_contain_text("免费")
    expect(chen.locator(".result .money")).to_have_text("¥0.00", timeout=2000)
    assert _receipt_no(chen) == desk.receipt_no
    expect(chen.locator("main")).to_contain_text("免费")


def test_the_desk_works_without_script(browser: Browser, server: Server, page_of: PageOf) -> None:
    lin = page_of("lin")
    with visiting(browser, server.url, "qiu", java_script_enabled=False) as page:
        desk = Desk(page).upload(code_picture(lin))
        assert desk.verdict == ("pass", "")
        assert desk.paste(read_picture(code_picture(lin))).verdict == ("pass", "")
        receipt = desk.receipt_no
        page.reload()  # sends the form again: the same answer, not a second fare
        assert (desk.verdict, desk.receipt_no) == (("pass", ""), receipt)


def _receipt_no(phone: Page) -> str:
    """The number of the receipt that the phone just offered."""
    phone.locator(".result a[href^='/receipts/']").click()
    return phone.locator(".receipt dd.mono").inner_text()
