"""Every way in which a scan is refused, on the bench's page and in its API: the same reason, and why."""

from collections.abc import Callable, Iterator
from io import BytesIO
from secrets import token_hex
from typing import Any

import httpx2
import pytest
from PIL import Image
from playwright.sync_api import expect

from minzhengtong.codes.draw import draw_png
from tests.journeys.desk import CHAIN, CLINIC, GATE, Desk
from tests.journeys.minting import Mint, flipped
from tests.journeys.server import Server

Case = Callable[[Mint], str]

BEFORE_SPENDING: dict[str, tuple[str, str, Case]] = {
    "not a code": ("not_a_code", "text", lambda mint: "https://example.com/menu"),
    "digits with another check digit": ("not_a_code", "text", lambda mint: "785335 636613 045510"),
    "one bit flipped": ("bad_signature", "signature", lambda mint: flipped(mint.code())),
    "another key under our key's name": ("bad_signature", "signature", lambda mint: mint.code_by_other_key()),
    "a key nobody published": ("unknown_key", "signature", lambda mint: mint.code_by_unknown_key()),
    "expired": ("expired", "time", lambda mint: mint.code(issued_ago_s=61)),
    "not yet valid": ("not_yet_valid", "time", lambda mint: mint.code(issued_ago_s=-30)),
    "never issued": ("not_a_code", "spend", lambda mint: mint.code()),
    "frozen": ("account_frozen", "spend", lambda mint: mint.issued_to("he")),
}

AFTER_SPENDING: dict[str, tuple[str, str, str, str]] = {
    "no balance": ("insufficient_balance", "money", GATE, "wu"),
    "no certificate": ("certificate_missing", "certificate", CLINIC, "huang"),
    "certificate revoked": ("certificate_revoked", "certificate", CLINIC, "zheng"),
}


@pytest.fixture(scope="module")
def mint(server: Server) -> Iterator[Mint]:
    mint = Mint(server.var_dir)
    yield mint
    mint.close()


@pytest.fixture(scope="module")
def api(server: Server) -> Iterator[httpx2.Client]:
    headers = {"Authorization": f"Bearer {server.run('token').stdout.strip()}"}
    with httpx2.Client(base_url=server.url, headers=headers, trust_env=False) as client:
        yield client


def scan(api: httpx2.Client, terminal: str = GATE, **offer: object) -> httpx2.Response:
    body = {"terminal_id": terminal, **offer}
    return api.post("/api/v1/bench/scans", json=body, headers={"Idempotency-Key": token_hex(8)})


def refused_at(step: str, answer: dict[str, Any]) -> str:
    """Check that the chain holds up to the step, breaks there and goes no further; return the reason."""
    outcomes = {link["step"]: link["outcome"] for link in answer["steps"]}
    place = CHAIN.index(step)
    assert outcomes[step] == "refused"
    assert "refused" not in [outcomes[before] for before in CHAIN[:place]]
    assert {outcomes[after] for after in CHAIN[place + 1 :]} <= {"skipped"}
    assert answer["verdict"] == "refused"
    assert answer["expected"]
    assert answer["received"]
    return str(answer["reason"])


@pytest.mark.parametrize("name", BEFORE_SPENDING)
def test_a_code_that_cannot_be_spent(name: str, mint: Mint, desk: Desk, api: httpx2.Client) -> None:
    reason, step, make = BEFORE_SPENDING[name]
    answer = scan(api, code=make(mint))
    assert answer.status_code == 201
    assert refused_at(step, answer.json()) == reason
    assert desk.paste(make(mint)).verdict == ("refused", reason)
    assert desk.chain[step] == "refused"
    assert desk.fact("expected")
    assert desk.fact("received")
    assert desk.screen.count() == 0


@pytest.mark.parametrize("name", AFTER_SPENDING)
def test_a_citizen_who_cannot_pay_or_prove(name: str, mint: Mint, desk: Desk, api: httpx2.Client) -> None:
    reason, step, terminal, persona = AFTER_SPENDING[name]
    code = mint.issued_to(persona)
    answer = scan(api, terminal, code=code).json()
    assert refused_at(step, answer) == reason
    assert answer["scan"]["payment"] is None
    assert answer["scan"]["person"] is None
    assert scan(api, terminal, code=code).json()["reason"] == "already_used"  # it stays spent
    desk = desk.at(terminal).paste(mint.issued_to(persona))
    assert desk.verdict == ("refused", reason)
    assert desk.chain["spend"] == "ok"


def test_a_code_used_twice(mint: Mint, desk: Desk, api: httpx2.Client) -> None:
    code = mint.issued_to("lin")
    assert desk.paste(code).verdict == ("pass", "")
    assert desk.paste(code).verdict == ("refused", "already_used")
    assert refused_at("spend", scan(api, code=code).json()) == "already_used"


def test_a_code_older_than_one_that_was_used(mint: Mint, api: httpx2.Client) -> None:
    older, newer = mint.issued_to("lin"), mint.issued_to("lin")
    assert scan(api, code=newer).json()["verdict"] == "pass"
    assert refused_at("spend", scan(api, code=older).json()) == "already_used"


def test_pictures_that_hold_no_single_code(mint: Mint, desk: Desk, api: httpx2.Client) -> None:
    for picture, reason in ((b"not a picture", "picture_unreadable"), (_two_codes(mint), "several_codes")):
        assert desk.upload(picture).verdict == ("refused", reason)
        assert desk.chain["picture"] == "refused"
        assert desk.fact("expected")
        read = api.post("/api/v1/bench/pictures", content=picture, headers={"Content-Type": "image/png"})
        assert read.json()["reason"] == reason
        assert read.json()["text"] is None


def test_a_terminal_that_nobody_registered(mint: Mint, desk: Desk, api: httpx2.Client) -> None:
    code = mint.issued_to("lin")
    answer = scan(api, "no-such-gate", code=code)
    assert (answer.status_code, answer.json()["code"]) == (404, "terminal_unknown")
    desk.page.goto("/bench")
    desk.page.locator("[name=terminal_id]").first.evaluate("radio => { radio.value = 'no-such-gate' }")
    desk.page.locator("[name=terminal_id]").first.check()
    desk.page.fill("#code", code)
    desk.page.get_by_role("button", name="核验文本").click()
    desk.page.wait_for_selector("[data-verdict]")
    assert desk.verdict == ("refused", "terminal_unknown")
    assert scan(api, code=code).json()["verdict"] == "pass"  # nothing was spent


def test_an_app_that_asks_for_more_than_it_may(mint: Mint, desk: Desk, api: httpx2.Client) -> None:
    code = mint.issued_to("lin")
    wants = [{"kind": "certificate", "type": "medical-insurance", "claims": ["name"]}]
    answer = scan(api, code=code, wants=wants)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_not_granted")
    desk.page.goto(f"/bench?terminal={GATE}")
    expect(desk.page.locator(f"label:has([value={GATE}])")).to_contain_text("可以要的姓名：无")
    expect(desk.page.locator("#ask [value=medical-insurance]")).to_be_disabled()
    assert desk.paste(code).verdict == ("pass", "")  # nothing was spent


def _two_codes(mint: Mint) -> bytes:
    codes = [Image.open(BytesIO(draw_png(mint.code(), scale=4))).convert("L") for _ in range(2)]
    both = Image.new("L", (codes[0].width * 2, codes[0].height), 255)
    for number, code in enumerate(codes):
        both.paste(code, (number * code.width, 0))
    picture = BytesIO()
    both.save(picture, "PNG")
    return picture.getvalue()
