"""Home, services, wallet and me: their content, for whom, in which language."""

import json
import re
from html import unescape

import pytest

from minzhengtong.base.clock import FrozenClock
from minzhengtong.demo.personas import load_personas
from minzhengtong.registration.register import register_remote_app
from minzhengtong.registry.apps import AppState, set_state
from minzhengtong.web.citizen import services
from tests.unit.registry.manifests import read, remote
from tests.world.browser import Browser
from tests.world.facts import FARE
from tests.world.world import World

PAGES = ("/", "/services", "/code", "/wallet", "/activity", "/me")


def test_pages_ask_strangers_to_log_in(house: World) -> None:
    for path in PAGES:
        answer = house.browser().look(path)
        assert answer.status_code == 302, path
        assert answer.headers["Location"].startswith("/login?next="), path


def test_pages_have_no_inline_style_or_script(lin: Browser) -> None:
    for path in PAGES:
        answer = lin.get(path)
        assert answer.status_code == 200, path
        assert not re.search(r"<style|style=|<script(?![^>]* src=)|\son\w+=", answer.text), path
        assert "unsafe-inline" not in answer.headers["Content-Security-Policy"], path


def test_pages_are_english_for_a_browser_that_prefers_it(lin: Browser) -> None:
    for path in PAGES:
        page = lin.get(path, **{"Accept-Language": "en"}).text
        assert '<html lang="en">' in page, path
        assert not re.search(r"首页|办事|我的|暂无|还没有", page), path


def test_home_greets_and_opens_apps_at_their_own_origins(house: World, lin: Browser) -> None:
    house.scan(lin.shown_code(), FARE)
    page = lin.get("/").text
    assert "下午好" in page
    assert "林晓闽" in page
    assert 'href="http://transit.localhost:8000/?lang=zh"' in page
    assert 'href="http://clinic.localhost:8000/?lang=zh"' in page
    assert "1 路公交闸机 · 福州" in page


def test_icons_come_from_our_origin_in_a_sandbox(lin: Browser) -> None:
    answer = lin.get("/services/transit/icon.svg")
    assert answer.mimetype == "image/svg+xml"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert lin.get("/services/nothing/icon.svg").status_code == 404


def test_search_finds_by_any_word_in_both_languages(lin: Browser) -> None:
    for query, found in (("公交", ["transit"]), ("clinic", ["clinic"]), ("xyz", [])):
        page = lin.get(f"/services?q={query}").text
        assert re.findall(r'href="http://(\w+)\.localhost', page) == found
    assert "没有找到“xyz”" in page
    assert "&lt;b&gt;" in lin.get("/services?q=<b>").text


def test_an_app_that_is_off_says_why_and_cannot_be_opened(house: World, lin: Browser) -> None:
    with house.runtime.db.write() as conn:
        now = house.runtime.clock.now()
        set_state(conn, now, "example.fuzhou.clinic", AppState.QUARANTINED, "ImportError: nowhere")
    page = lin.get("/services").text
    assert "已隔离" in page
    assert "ImportError: nowhere" in page
    assert "clinic.localhost" not in page + lin.get("/").text


def test_the_wallet_masks_numbers_until_they_are_asked_for(lin: Browser) -> None:
    number = next(person.id_number for person in load_personas().people if person.key == "lin")
    cards = re.findall(r'href="(/wallet/[^"]+)"', lin.get("/wallet").text)
    assert len(cards) == 5
    assert number not in lin.page
    shown, _, asked_for = lin.get(cards[0]).text.partition("<details>")
    assert number not in shown
    assert number in asked_for


def test_revoked_certificates_are_marked(house: World) -> None:
    assert house.person("zheng").get("/wallet").text.count("已撤销") == 2


def test_a_citizen_cannot_open_the_certificate_of_another(house: World, lin: Browser) -> None:
    card = re.findall(r'href="(/wallet/[^"]+)"', lin.get("/wallet").text)[0]
    assert house.person("xu").get(card).status_code == 404


def test_an_empty_wallet_says_so(house: World) -> None:
    assert "还没有证照" in house.person("huang").get("/wallet").text


def test_me_is_masked_and_shows_the_balance(house: World, lin: Browser) -> None:
    house.scan(lin.shown_code(), FARE)
    page = lin.get("/me").text
    for text in ("林*闽", "100****0001", "¥498.00", "L4"):
        assert text in page
    assert "10000000001" not in page
    assert "林晓闽" not in page


def test_the_auditors_pages_lead_to_the_ledger(house: World, lin: Browser) -> None:
    lu = house.person("lu")
    link = re.search(r'href="([^"]+)">[^\n]*账本核对', lu.get("/").text)
    assert link
    assert json.loads(lu.look(link[1]).data)["sum_fen"] == 0
    assert "账本核对" not in lin.get("/").text


def test_logging_out_from_me_ends_the_session(lin: Browser) -> None:
    lin.get("/me")
    assert lin.send("/logout").status_code == 303
    assert lin.look("/me").status_code == 302


def test_times_are_shown_relative_to_now(house: World, lin: Browser, clock: FrozenClock) -> None:
    house.scan(lin.shown_code(), FARE)
    for seconds, zh, en in (
        (30, "刚刚", "just now"),
        (150, "3 分钟前", "3 minutes ago"),
        (3600, "1 小时前", "1 hour ago"),
    ):
        clock.advance(seconds)
        assert f'title="2026-11-20 12:00:00">{zh}</time>' in lin.get("/activity").text
        assert en in lin.get("/activity", **{"Accept-Language": "en"}).text


@pytest.mark.parametrize(
    ("path", "status", "words"), [("/nowhere", 404, "没有找到"), ("/language", 405, "请求方式不对")]
)
def test_errors_are_calm_and_lead_home(lin: Browser, path: str, status: int, words: str) -> None:
    answer = lin.get(path, Accept="text/html")
    assert answer.status_code == status
    assert words in answer.text
    assert 'href="/"' in answer.text


@pytest.mark.parametrize(("language", "labels"), [("zh", ("期望", "收到")), ("en", ("Expected", "Received"))])
def test_an_error_page_tells_developers_what_was_expected_and_what_came(
    lin: Browser, language: str, labels: tuple[str, str]
) -> None:
    answer = lin.get("/receipts/<b>pay", Accept="text/html", **{"Accept-Language": language})
    facts = re.findall(r'<dt>(.*?)</dt><dd lang="en">(.*?)</dd>', answer.text)
    assert facts == [*zip(labels, ("a payment of this caller", "&lt;b&gt;pay"), strict=True)]
    assert "<dl" not in lin.get("/nowhere", Accept="text/html").text


def test_services_are_listed_page_by_page(lin: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "page=2" not in lin.get("/services").text
    monkeypatch.setattr(services, "PAGE_SIZE", 1)
    first = lin.get("/services?q=福州").text
    link = re.search(r'class="button" href="([^"]+)"', first)
    assert link
    second = lin.get(unescape(link[1])).text
    for page, name in ((first, "门诊挂号"), (second, "城市公交")):
        assert re.findall(r"<strong>(.*?)</strong>", page.partition("<main")[2]) == [name]
    assert "下一页" not in second
    assert lin.get("/services?page=x").status_code == lin.get("/services?page=-1").status_code == 200


@pytest.mark.engines("sqlite", "postgresql")
def test_a_query_that_cannot_be_stored_is_refused(house: World) -> None:
    qiu = house.person("qiu")
    for path in ("/services?q=%00", "/services?q=a&%00=b", "/bench?q=a%00b", "/bench?terminal=%00"):
        answer = qiu.look(path)
        assert answer.status_code == 400, path
        assert "text_refused" in answer.text, path


@pytest.mark.parametrize(
    ("path", "field"), [("/login", "phone"), ("/language", "next"), ("/login/persona", "persona")]
)
def test_a_form_that_cannot_be_stored_is_refused(house: World, path: str, field: str) -> None:
    browser = house.browser()
    browser.get("/login")
    answer = browser.send(path, **{field: "a\0"})
    assert answer.status_code == 400
    assert "text_refused" in answer.text


def test_a_remote_app_is_drawn_by_the_label_of_its_icon(
    house: World, lin: Browser, clock: FrozenClock
) -> None:
    kiosk = remote()
    kiosk["icons"] = [{"src": "icon.svg", "label": "售货机"}]
    with house.runtime.db.write() as conn:
        register_remote_app(conn, clock.now(), house.runtime.settings, read(kiosk))
    assert 'lang="zh-Hans" title="售货机">售</span>' in lin.get("/services").text
