"""The consent sheet and the page where consents are taken back, as people read them."""

import pytest

from tests.web.oidc.party import Browser, Party, answer_of


@pytest.fixture
def lin(lin: Browser, clinic: Party) -> Browser:
    lin.allow(clinic)
    return lin


def test_the_sheet_names_each_field_and_why(browser: Browser, clinic: Party) -> None:
    browser.log_in("chen")
    scope = "openid profile.name profile.phone profile.idno_masked"
    sheet = browser.get(clinic.url(scope=scope)).location
    page = browser.get(sheet).text
    for text in ("门诊挂号", "您的姓名", "您的手机号码", "身份证号码的首位和末位", "365 天"):
        assert text in page
    assert page.count("用途：") == 3
    english = browser.http.get(
        sheet, base_url="http://localhost:8000", headers={"Accept-Language": "en"}
    ).text
    for text in ("Your name", "Your phone number", "365 days", "Do not allow"):
        assert text in english
    assert page.index('value="no"') < page.index('value="yes"')
    assert 'class="tabs"' not in page  # nothing covers the answers


def test_only_what_was_asked_is_asked(browser: Browser, clinic: Party) -> None:
    browser.log_in("chen")
    page = browser.get(browser.get(clinic.url(scope="openid profile.name")).location).text
    assert "您的姓名" in page
    assert "手机号码" not in page


def test_a_consent_can_be_taken_back(lin: Browser, clinic: Party) -> None:
    tokens = lin.tokens(clinic)
    page = lin.get("/me/consents")
    assert "门诊挂号" in page.text
    lin.submit(page, f"/me/consents/{clinic.client_id}/revoke")
    assert clinic.userinfo(tokens["access_token"]).status_code == 401
    assert "/oauth/consent/" in lin.get(clinic.url()).location
    after = lin.get("/me/consents")
    assert "门诊挂号" not in after.text
    assert "已撤回授权" in after.text
    assert lin.submit(after, "/me/consents/example.nobody/revoke").status_code == 303
    assert "已撤回授权" not in lin.get("/me/consents").text


def test_a_code_from_before_a_revocation_is_refused(lin: Browser, clinic: Party) -> None:
    waiting, later = lin.code(clinic), lin.code(clinic)
    lin.submit(lin.get("/me/consents"), f"/me/consents/{clinic.client_id}/revoke")
    refused = clinic.redeem(waiting)
    assert (refused.status_code, refused.json["error"]) == (400, "invalid_grant")  # type: ignore[index]
    lin.allow(clinic)
    assert clinic.redeem(waiting).status_code == 400  # it was spent
    assert clinic.redeem(later).status_code == 200  # what she allows now is what it asked for


def test_a_code_for_more_than_the_consent_is_refused(lin: Browser, clinic: Party) -> None:
    wide = clinic.url(scope="openid profile.name profile.phone")
    sheet = lin.get(wide).location
    code = answer_of(lin.submit(lin.get(sheet), sheet, answer="yes"))["code"]
    lin.submit(lin.get("/me/consents"), f"/me/consents/{clinic.client_id}/revoke")
    lin.allow(clinic)
    assert clinic.redeem(code).status_code == 400


def test_a_code_that_needs_no_consent_outlives_it(lin: Browser, clinic: Party) -> None:
    code = lin.code(clinic, scope="openid")
    lin.submit(lin.get("/me/consents"), f"/me/consents/{clinic.client_id}/revoke")
    assert clinic.redeem(code).status_code == 200


def test_a_consent_is_revoked_only_by_its_own_person(
    lin: Browser, other_browser: Browser, clinic: Party
) -> None:
    other_browser.log_in("chen")
    page = other_browser.get("/me/consents")
    assert "门诊挂号" not in page.text
    other_browser.submit(page, f"/me/consents/{clinic.client_id}/revoke")
    assert "code" in lin.get(clinic.url()).location


def test_the_page_needs_a_login(browser: Browser) -> None:
    assert browser.get("/me/consents").location == "/login?next=/me/consents"
