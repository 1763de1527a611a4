"""The audit log for its citizen: on the activity page, on a certificate, on a receipt."""

import ast
import re
from pathlib import Path

from minzhengtong.base.clock import FrozenClock
from minzhengtong.web.citizen.words import words_of_actions
from tests.web.language import unmarked_chinese
from tests.world.browser import Browser
from tests.world.facts import DESK, FARE, INSURED, SENIOR
from tests.world.world import World

NO_MORE_RECORDED = {"login.refused"}
PACKAGE = Path(__file__).parents[3] / "minzhengtong"


def test_one_scan_is_one_use_with_fields_and_amount(house: World, lin: Browser) -> None:
    fee = {"kind": "pay", "amount_fen": 1000, "subject": "挂号费"}
    house.scan(lin.shown_code(), INSURED, fee, at=DESK)
    page = lin.get("/activity").text
    assert page.count("门诊收费窗口 · 福州") == 1
    for text in ("门诊挂号", "付款：挂号费", "出示医保电子凭证：姓名、参保地", "¥10.00"):
        assert text in page


def test_an_english_page_says_in_english_what_was_paid_for_and_why(house: World, lin: Browser) -> None:
    said = {"subject": "挂号费", "subject_en": "Registration fee"}
    said |= {"reason": "复诊免费", "reason_en": "Free second visit"}
    code = lin.shown_code()
    paid = house.scan(code, {"kind": "pay", "amount_fen": 0, **said}, at=DESK).items.payment
    assert paid
    assert {name: getattr(paid, name) for name in said} == said
    for path in ("/activity", f"/receipts/{paid.id}"):
        chinese, english = (lin.get(path, **{"Accept-Language": language}).text for language in ("zh", "en"))
        for name, text in said.items():
            assert (text in english) is name.endswith("_en"), (path, name)
            assert (text in chinese) is not name.endswith("_en"), (path, name)


def test_an_english_page_has_the_name_in_english_too(house: World, lin: Browser) -> None:
    paid = house.scan(lin.shown_code(), FARE).items.payment
    assert paid
    lin.get("/wallet")
    card = re.findall(r'href="(/wallet/[^"]+)"', lin.page)[0]
    names = {
        "/wallet": "Lin Xiaomin",
        card: "Lin Xiaomin",
        "/me": "L*n X*****n",
        f"/receipts/{paid.id}": "L*n X*****n",
    }
    for path, name in names.items():
        assert name in lin.get(path, **{"Accept-Language": "en"}).text, path
        assert name not in lin.get(path).text, path


def test_what_a_desk_does_later_in_its_scan_belongs_to_the_same_use(
    house: World, lin: Browser, clock: FrozenClock
) -> None:
    scan = house.scan(lin.shown_code(), INSURED, at=DESK)
    clock.advance(30)
    house.go_on(scan, {"kind": "pay", "amount_fen": 1000, "subject": "挂号费"})
    page = lin.get("/activity").text
    assert page.count("门诊收费窗口 · 福州") == 1
    assert "出示医保电子凭证：姓名、参保地" in page
    assert "¥10.00" in page


def test_a_predicate_tells_only_yes_or_no(house: World) -> None:
    chen = house.person("chen")
    free = {"kind": "pay", "amount_fen": 0, "subject": "1 路公交", "reason": "持敬老证免费"}
    house.scan(chen.shown_code(), SENIOR, free)
    page = chen.get("/activity").text
    assert "只回答有没有老年人优待证：有" in page
    assert "¥0.00" in page


def test_chinese_texts_on_english_pages_are_marked_as_chinese(house: World) -> None:
    chen = house.person("chen")
    free = {"kind": "pay", "amount_fen": 0, "subject": "<b>1 路公交</b>", "reason": "持敬老证免费"}
    paid = house.scan(chen.shown_code(), SENIOR, free).items.payment
    assert paid
    chen.get("/wallet")
    card = re.findall(r'href="(/wallet/[^"]+)"', chen.page)[0]
    for path in ("/", "/code", "/activity", f"/receipts/{paid.id}", "/wallet", card):
        page = chen.get(path, **{"Accept-Language": "en"}).text
        assert 'lang="zh-Hans"' in page.partition("<main")[2], path
        assert unmarked_chinese(page) == [], path
        assert "<b>" not in page
    assert "付款：&lt;b&gt;1 路公交" in chen.get("/activity").text


def test_refusals_are_in_the_log_too(house: World, lin: Browser) -> None:
    code = lin.shown_code()
    house.scan(code, FARE)
    house.scan(code, FARE)
    assert "未通过：码已使用过，请出示最新的码" in lin.get("/activity").text


def test_a_citizen_cannot_read_the_log_or_receipt_of_another(house: World, lin: Browser) -> None:
    paid = house.scan(lin.shown_code(), FARE).items.payment
    assert paid
    xu = house.person("xu")
    assert "城市公交" not in xu.get("/activity").text
    assert xu.get(f"/receipts/{paid.id}").status_code == 404
    assert lin.get(f"/receipts/{paid.id}").status_code == 200


def test_the_receipt_agrees_with_the_terminals(house: World, lin: Browser) -> None:
    paid = house.scan(lin.shown_code(), FARE).items.payment
    assert paid
    lin.get("/activity")
    link = re.search(r'href="(/receipts/[^"]+)"', lin.page)
    assert link
    receipt = lin.get(link[1]).text
    for text in (paid.receipt_no, "¥2.00", "1 路公交", "1 路公交闸机 · 福州", "2026-11-20 12:00:00", "林*闽"):
        assert text in receipt


def test_a_certificate_says_who_saw_it(house: World, lin: Browser) -> None:
    house.scan(lin.shown_code(), INSURED, at=DESK)
    lin.get("/wallet")
    pages = [lin.get(path).text for path in re.findall(r'href="(/wallet/[^"]+)"', lin.page)]
    seen = [page for page in pages if "门诊收费窗口 · 福州" in page]
    assert len(seen) == 1
    assert "医保电子凭证" in seen[0]


def test_every_action_with_a_person_has_words_and_no_other_has() -> None:
    assert _recorded() | NO_MORE_RECORDED == words_of_actions().keys()


def _recorded() -> set[str]:
    """The actions of every call that writes a log row with a person on it."""
    calls = (
        node
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and _names_a_person(node)
    )
    texts = (node.value for call in calls for node in call.args if isinstance(node, ast.Constant))
    return {text for text in texts if isinstance(text, str)}


def _names_a_person(call: ast.Call) -> bool:
    named = {keyword.arg for keyword in call.keywords}
    return ast.unparse(call.func) in ("_note", "_noted") or (
        ast.unparse(call.func) == "record_entry" and "person_id" in named
    )
