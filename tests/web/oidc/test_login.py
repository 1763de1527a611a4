"""From a mini-app's link to its tokens: login, consent, code, and what each party learns."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives import serialization
from sqlalchemy import func, select

from minzhengtong.audit.log import entries_of_person
from minzhengtong.base.clock import FrozenClock
from minzhengtong.identity.models import login_session
from minzhengtong.identity.sessions import end_session
from minzhengtong.oidc.claims import CLAIMS
from minzhengtong.runtime import Runtime
from tests.engines.waiting import until_it_waits
from tests.web.oidc.party import ISSUER, Browser, Party, answer_of


def test_the_whole_story(browser: Browser, transit: Party) -> None:
    login = browser.get(browser.get(transit.url()).location)
    sheet_url = browser.log_in("lin", login).location
    sheet = browser.get(sheet_url)
    assert "城市公交" in sheet.text
    assert "您的姓名" in sheet.text
    answer = answer_of(browser.submit(sheet, sheet_url, answer="yes"))
    assert (answer["state"], answer["iss"]) == ("a state/ä=&", ISSUER)
    tokens = transit.redeem(answer["code"]).json
    assert tokens is not None
    claims, info = transit.claims(tokens["id_token"]), transit.userinfo(tokens["access_token"]).json
    assert claims["nonce"] == "n-1"
    assert (claims["iss"], claims["aud"]) == (ISSUER, transit.client_id)
    assert (claims["acr"], claims["amr"]) == ("urn:mzt:acr:2", ["demo"])
    assert info == {
        "sub": claims["sub"],
        "name": "林晓闽",
        "name#en": "Lin Xiaomin",
        "family_name": "林",
        "family_name#en": "Lin",
        "given_name": "晓闽",
        "given_name#en": "Xiaomin",
    }
    assert "code" in answer_of(browser.get(transit.url()))  # no second login, no second sheet


def test_phone_and_password_go_on_with_the_request(browser: Browser, transit: Party) -> None:
    login = browser.get(browser.get(transit.url()).location)
    wrong = browser.submit(login, "/login", phone="10000000001", password="wrong")
    assert wrong.status_code == 422
    assert "手机号或密码不对" in wrong.text
    assert 'name="next" value="/login?interaction=' in wrong.text  # the language switch keeps the request
    right = browser.submit(wrong, "/login", phone="10000000001", password="minzhengtong-demo")
    assert "/oauth/consent/" in right.location


def test_no_request_of_a_login_loads_a_private_key(
    lin: Browser, other_browser: Browser, transit: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    lin.allow(transit)
    lin.tokens(transit)  # the process has its keys from now on
    loaded: list[object] = []
    monkeypatch.setattr(serialization, "load_pem_private_key", lambda *args, **_: loaded.append(args))
    login = other_browser.get(other_browser.get(transit.url()).location)
    code = answer_of(other_browser.log_in("lin", login))["code"]
    assert transit.redeem(code).status_code == 200
    assert loaded == []


def test_two_parties_cannot_compare_notes(lin: Browser, transit: Party, clinic: Party) -> None:
    lin.allow(transit)
    lin.allow(clinic)
    one = transit.claims(lin.tokens(transit)["id_token"])
    two = clinic.claims(lin.tokens(clinic)["id_token"])
    assert one["sub"] != two["sub"]
    assert one["sid"] != two["sid"]
    assert transit.claims(lin.tokens(transit)["id_token"])["sub"] == one["sub"]


def test_a_no_goes_back_and_is_no_consent(lin: Browser, transit: Party) -> None:
    sheet = lin.get(transit.url()).location
    page = lin.get(sheet)
    assert answer_of(lin.submit(page, sheet, answer="no"))["error"] == "access_denied"
    assert lin.submit(page, sheet, answer="yes").status_code == 400  # answered once
    assert "/oauth/consent/" in lin.get(transit.url()).location


def test_two_clicks_on_yes_give_one_code(lin: Browser, transit: Party) -> None:
    sheet = lin.get(transit.url()).location
    page = lin.get(sheet)
    assert "code" in answer_of(lin.submit(page, sheet, answer="yes"))
    assert lin.submit(page, sheet, answer="yes").status_code == 400


def test_a_waiting_request_belongs_to_its_browser_and_ten_minutes(
    browser: Browser, other_browser: Browser, transit: Party, clock: FrozenClock
) -> None:
    login = browser.get(transit.url()).location
    assert other_browser.get(login).status_code == 400
    page = browser.get(login)
    clock.advance(600)
    assert browser.get(login).status_code == 400
    assert browser.log_in("lin", page).status_code == 400
    assert browser.get("/login").status_code == 303  # she is logged in all the same


def test_forms_need_their_token(lin: Browser, transit: Party) -> None:
    sheet = lin.get(transit.url()).location
    page = lin.get(sheet)
    for path, fields in (
        (sheet, {"answer": "yes"}),
        ("/login", {"phone": "10000000001", "password": "minzhengtong-demo"}),
        ("/login/persona", {"persona": "wu"}),
        ("/logout", {}),
        ("/oauth/logout/confirmed", {}),
    ):
        assert lin.submit(page, path, **fields, csrf_token="wrong").status_code == 400, path
    assert "code" in answer_of(lin.submit(page, sheet, answer="yes"))


def test_pages_let_forms_end_at_the_client_only(browser: Browser, transit: Party) -> None:
    login = browser.get(browser.get(transit.url()).location)
    sheet = browser.get(browser.log_in("lin", login).location)
    for page in (login, sheet):
        policy = page.headers["Content-Security-Policy"]
        assert "form-action 'self' http://transit.localhost:8000;" in policy
    assert "form-action 'self';" in browser.get("/oauth/authorize").headers["Content-Security-Policy"]


def test_a_login_gets_a_new_session_and_ends_another_persons(
    browser: Browser, transit: Party, runtime: Runtime
) -> None:
    browser.get("/login")
    browser.log_in("lin")
    with browser.http.session_transaction(base_url=ISSUER) as cookie:
        first = cookie["_user_id"]
    browser.allow(transit)
    tokens = browser.tokens(transit)
    login = browser.get(browser.get(transit.url(prompt="select_account")).location)
    browser.log_in("chen", login)
    with browser.http.session_transaction(base_url=ISSUER) as cookie:
        assert cookie["_user_id"] != first
    assert transit.userinfo(tokens["access_token"]).status_code == 401
    with runtime.db.read() as conn:
        ended = login_session.c.ended_why == "another_person"
        assert conn.execute(select(func.count()).where(ended)).scalar() == 1


def test_a_login_succeeds_while_the_old_session_is_ended_elsewhere(lin: Browser, runtime: Runtime) -> None:
    page = lin.get(ANY_PAGE)
    with runtime.db.read() as conn:
        (session,) = conn.execute(select(login_session.c.id_digest)).scalars()
    with ThreadPoolExecutor(1) as pool:
        with runtime.db.write() as conn:
            assert end_session(conn, runtime.clock.now(), session, "logout")
            entered = pool.submit(lin.log_in, "lin", page)
            until_it_waits(runtime.db, entered)
        assert entered.result().status_code == 303
    assert lin.get("/me").status_code == 200


def test_what_a_cookie_held_before_the_login_is_gone(browser: Browser) -> None:
    browser.submit(browser.get("/login"), "/language", language="en")
    with browser.http.session_transaction(base_url=ISSUER) as cookie:
        cookie["planted"] = "by somebody else"
        token = cookie["csrf_token"]
    browser.log_in("lin")
    with browser.http.session_transaction(base_url=ISSUER) as cookie:
        assert "planted" not in cookie
        assert cookie.get("csrf_token") != token
        assert cookie["language"] == "en"
        assert cookie.keys() == {"language", "_permanent", "_user_id", "_fresh"}


def test_a_waiting_request_has_a_cookie_of_its_own(browser: Browser, transit: Party) -> None:
    waits = browser.get(transit.url())
    page = browser.get(waits.location)
    entered = browser.log_in("lin", page)
    set_by = [answer.headers.getlist("Set-Cookie") for answer in (waits, page, entered)]
    names = [[one.partition("=")[0] for one in each] for each in set_by]
    assert names == [["mzt_8000_waiting"], ["mzt_8000"], ["mzt_8000"]]
    assert set(set_by[0][0].split("; ")[1:]) >= {"HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=600"}


def test_a_request_that_needs_no_page_sets_no_cookie(
    lin: Browser, other_browser: Browser, transit: Party
) -> None:
    lin.allow(transit)
    other_browser.log_in("lin")
    answer = other_browser.get(transit.url())
    assert "code" in answer_of(answer)
    assert "Set-Cookie" not in answer.headers


def test_the_citizen_sees_who_read_what(lin: Browser, transit: Party, runtime: Runtime) -> None:
    lin.allow(transit)
    lin.tokens(transit)
    with runtime.db.read() as conn:
        entries = entries_of_person(conn, "per_lin")
    seen = {entry.action: (entry.app_id, entry.detail) for entry in entries}
    assert seen["app.logged_in"] == (transit.client_id, {"claims": list(CLAIMS["profile.name"])})
    assert seen["consent.granted"] == (transit.client_id, {"scopes": ["profile.name"]})


ANY_PAGE = "/login?interaction=x"
"""An error page; it has a form with or without a login."""


def test_the_demo_people_say_what_they_do_in_the_readers_language(browser: Browser) -> None:
    page = browser.get("/login").text
    for role in ("开发者", "应用负责人", "审核员", "发布管理员", "安全员", "测试员", "审计员"):
        assert f">{role}</span>" in page
    assert not re.search(r">\w+_\w+</span>|>tester<", page)
    browser.submit(browser.get("/login"), "/language", language="en")
    assert ">Release manager</span>" in browser.get("/login").text


def test_next_leads_only_home_or_within(browser: Browser) -> None:
    for target in ("https://evil.example", "//evil.example", "/\\evil.example", "/%0d%0aX: y/../..//e"):
        location = browser.submit(
            browser.get(ANY_PAGE), "/login/persona", persona="lin", next=target
        ).location
        assert location.startswith("/")
        assert not location.startswith("//")
        assert "evil" not in location
        given = browser.http.get("/login", query_string={"next": target}, base_url=ISSUER)
        assert given.location == location
    assert (
        browser.submit(browser.get(ANY_PAGE), "/login/persona", persona="lin", next="/code").location
        == "/code"
    )


def test_hostile_logins_are_refused(browser: Browser) -> None:
    page = browser.get("/login")
    for phone, password in (("林" * 500, "x" * 5000), ("10000000001' --", ""), ("", "")):
        assert browser.submit(page, "/login", phone=phone, password=password).status_code in (422, 429)
    assert browser.submit(page, "/login/persona", persona="\x00nobody").status_code == 400
