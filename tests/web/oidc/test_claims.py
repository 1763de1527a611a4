"""What a client learns of a person: by scopes, by sets of them, and by the parameter `claims`."""

import json
from typing import Any

import pytest

from minzhengtong.audit.log import entries_of_person
from minzhengtong.registration.register import register_remote_app
from minzhengtong.runtime import Runtime
from tests.unit.registry.manifests import read, remote
from tests.web.oidc.conftest import Record
from tests.web.oidc.party import ISSUER, Browser, Party, answer_of

NAME = {"name", "name#en", "family_name", "family_name#en", "given_name", "given_name#en"}
ACCOUNT = {"preferred_username", "zoneinfo", "locale"}
EMAIL, PHONE = {"email", "email_verified"}, {"phone_number", "phone_number_verified"}


@pytest.fixture
def party(transit: Party, register: Record) -> Party:
    """A client that may ask for everything but gender, date of birth and ID number."""
    register(scope="openid profile.account profile.name email phone address")
    return transit


def claims(userinfo: dict[str, Any] | None = None, id_token: dict[str, Any] | None = None) -> str:
    return json.dumps({"userinfo": userinfo, "id_token": id_token})


def tokens_after_consent(lin: Browser, party: Party, **changes: str | None) -> tuple[str, dict[str, Any]]:
    """The sheet that she said yes to, and the tokens."""
    where = lin.get(party.url(**changes)).location
    sheet = lin.get(where)
    answer = party.redeem(answer_of(lin.submit(sheet, where, answer="yes"))["code"])
    assert answer.status_code == 200, answer.text
    return sheet.text, answer.json  # type: ignore[return-value]


def read_claims(party: Party, tokens: dict[str, Any]) -> dict[str, Any]:
    """What the UserInfo endpoint says beside `sub`."""
    info: dict[str, Any] = party.userinfo(tokens["access_token"]).json  # type: ignore[assignment]
    assert info.pop("sub") == party.claims(tokens["id_token"])["sub"]
    return info


@pytest.mark.parametrize(
    ("scope", "granted", "learnt"),
    [
        ("openid profile", "openid profile profile.account profile.name", ACCOUNT | NAME),
        ("openid profile.name", "openid profile.name", NAME),
        ("openid email phone", "openid email profile.email phone profile.phone", EMAIL | PHONE),
        ("openid profile.phone profile.gender", "openid profile.phone", PHONE),
        ("address openid unknown", "address profile.address openid", {"address", "address#en"}),
    ],
)
def test_scopes_give_what_the_client_registered_of_them(
    lin: Browser, party: Party, scope: str, granted: str, learnt: set[str]
) -> None:
    _, tokens = tokens_after_consent(lin, party, scope=scope)
    assert tokens["scope"] == granted
    assert set(read_claims(party, tokens)) == learnt


def test_claims_without_personal_data_need_no_consent(lin: Browser, party: Party) -> None:
    assert set(read_claims(party, lin.tokens(party, scope="openid profile.account"))) == ACCOUNT


def test_a_manifest_that_names_a_set_gets_it(lin: Browser, transit: Party, runtime: Runtime) -> None:
    changed = remote()
    why = {"reason": "取货时短信通知您", "reason_en": "To text you when it is ready"}
    changed["req_permissions"] = [{"name": "phone", **why}]
    changed["mzt"]["data"] = [changed["mzt"]["data"][0] | {"scope": "phone"}]
    with runtime.db.write() as conn:
        secret = register_remote_app(conn, runtime.clock.now(), runtime.settings, read(changed))
    assert secret
    kiosk = Party(changed["app_id"], secret, "http://127.0.0.1:9700/callback", transit.http)
    sheet, tokens = tokens_after_consent(lin, kiosk, scope="openid phone")
    assert "您的手机号码" in sheet
    assert "取货时短信通知您" in sheet
    assert tokens["scope"] == "openid phone profile.phone"
    assert read_claims(kiosk, tokens) == {"phone_number": "10000000001", "phone_number_verified": True}


def test_a_user_name_is_stable_and_of_one_app(
    lin: Browser, transit: Party, clinic: Party, register: Record
) -> None:
    register(scope="openid profile.account")
    names = {
        read_claims(transit, lin.tokens(transit, scope="openid profile"))["preferred_username"] for _ in "ab"
    }
    register(
        client_id=clinic.client_id,
        app_id=clinic.client_id,
        secret=clinic.secret,
        redirect_uris=(clinic.redirect_uri,),
        scope="openid profile.account",
    )
    other = read_claims(clinic, lin.tokens(clinic, scope="openid profile"))["preferred_username"]
    assert len(names) == 1
    assert other not in names


def test_single_claims_are_asked_given_and_logged(lin: Browser, party: Party, runtime: Runtime) -> None:
    wanted = claims(
        {"email": None, "given_name": {"essential": True}, "gender": None, "shoe_size": {"value": 40}},
        {
            "family_name": None,
            "phone_number": {"values": ["10000000001", 5]},
            "auth_time": {"essential": True},
        },
    )
    sheet, tokens = tokens_after_consent(lin, party, scope="openid", claims=wanted)
    for text, is_asked in (
        ("您的姓名", 1),
        ("您的电子邮箱", 1),
        ("您的手机号码", 1),
        ("您的性别", 0),
        ("居住", 0),
    ):
        assert sheet.count(text) == is_asked, text
    assert tokens["scope"] == "openid"
    assert read_claims(party, tokens) == {"email": "lin@example.com", "given_name": "晓闽"}
    id_token = party.claims(tokens["id_token"])
    assert (id_token["family_name"], id_token["phone_number"]) == ("林", "10000000001")
    assert not {"email", "given_name", "gender"} & set(id_token)
    with runtime.db.read() as conn:
        details = {row.action: row.detail for row in entries_of_person(conn, "per_lin")}
    assert details["app.logged_in"] == {"claims": ["email", "given_name", "family_name", "phone_number"]}
    log = lin.get("/activity").text
    assert "它读取了：姓名、电子邮箱、手机号" in log


def test_the_same_claims_need_no_second_sheet_and_others_do(lin: Browser, party: Party) -> None:
    wanted = claims({"email": None})
    tokens_after_consent(lin, party, scope="openid", claims=wanted)
    assert read_claims(party, lin.tokens(party, scope="openid", claims=wanted)) == {
        "email": "lin@example.com"
    }
    assert read_claims(party, lin.tokens(party, scope="openid")) == {}
    more = claims({"email": None}, {"phone_number": None})
    assert "/oauth/consent/" in lin.get(party.url(scope="openid", claims=more)).location
    silent = answer_of(lin.get(party.url(scope="openid", claims=more, prompt="none")))
    assert silent["error"] == "consent_required"


def test_a_consent_taken_back_ends_claims_by_name(lin: Browser, party: Party) -> None:
    wanted = claims({"email": None})
    _, tokens = tokens_after_consent(lin, party, scope="openid", claims=wanted)
    code = lin.code(party, scope="openid", claims=wanted)
    lin.submit(lin.get("/me/consents"), f"/me/consents/{party.client_id}/revoke")
    assert party.userinfo(tokens["access_token"]).status_code == 401
    assert party.redeem(code).json["error"] == "invalid_grant"  # type: ignore[index]


@pytest.mark.parametrize("value", ["male", 1, True, 2**60, 1.5, {"a": "b"}, ["female"]])
def test_a_claim_with_another_value_is_left_out(
    lin: Browser, party: Party, register: Record, value: object
) -> None:
    register(scope="openid profile.gender")
    wanted = claims({"gender": {"value": value}}, {"gender": {"values": [value, "female"]}})
    _, tokens = tokens_after_consent(lin, party, scope="openid", claims=wanted)
    assert read_claims(party, tokens) == {}
    assert party.claims(tokens["id_token"])["gender"] == "female"


@pytest.mark.parametrize("member", ["userinfo", "id_token"])
def test_a_request_for_one_person_is_answered_by_her_alone(lin: Browser, party: Party, member: str) -> None:
    sub = party.claims(lin.tokens(party, scope="openid")["id_token"])["sub"]
    for wish, is_hers in (({"value": sub}, True), ({"values": ["x", sub]}, True), ({"value": "x"}, False)):
        asked = claims(**{member: {"sub": wish}})
        answer = answer_of(lin.get(party.url(scope="openid", claims=asked, prompt="none")))
        assert ("code" in answer, answer.get("error") == "login_required") == (is_hers, not is_hers)


def test_another_person_who_logs_in_is_refused(browser: Browser, party: Party) -> None:
    asked = claims(id_token={"sub": {"value": "x"}})
    login = browser.get(browser.get(party.url(scope="openid", claims=asked)).location)
    assert answer_of(browser.log_in("lin", login))["error"] == "login_required"


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        (None, None),
        ({"essential": True}, None),
        ({"value": "urn:mzt:acr:4"}, None),
        ({"essential": True, "values": ["urn:mzt:acr:4", "urn:mzt:acr:2"]}, None),
        ({"essential": True, "value": "urn:mzt:acr:4"}, "unmet_authentication_requirements"),
        ({"essential": True, "values": []}, "unmet_authentication_requirements"),
    ],
)
def test_an_essential_acr_is_reached_or_the_login_fails(
    lin: Browser, party: Party, wish: dict[str, Any] | None, error: str | None
) -> None:
    asked = claims(id_token={"acr": wish})
    answer = answer_of(lin.get(party.url(scope="openid", claims=asked)))
    assert (answer.get("error"), answer["iss"], answer["state"]) == (error, ISSUER, "a state/ä=&")


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "null",
        '"email"',
        '{"userinfo": []}',
        '{"id_token": {"email": true}}',
        '{"userinfo": {"email": {"essential": "yes"}}}',
        '{"userinfo": {"email": {"values": "a"}}}',
        '{"userinfo": {"email": null, "email": null}}',
        '{"userinfo": {"email": {"value": "\\u0000"}}}',
        '{"userinfo": {"email": {"value": "\\ud800"}}}',
        '{"userinfo": {"email": {"value": NaN}}}',
        "[" * 5000,
        '{"a":' * 1000,
    ],
    ids=lambda text: text[:40],
)
def test_claims_that_cannot_be_read_go_back_as_an_error(lin: Browser, party: Party, text: str) -> None:
    answer = answer_of(lin.get(party.url(claims=text)))
    assert (answer["error"], answer["state"]) == ("invalid_request", "a state/ä=&")


@pytest.mark.parametrize(
    "text", ["{}", '{"userinfo": null, "x": 5}', '{"userinfo": {"email": {"x": [1e400]}}}']
)
def test_members_that_nobody_knows_are_ignored(lin: Browser, party: Party, text: str) -> None:
    assert "/oauth/consent/" in lin.get(party.url(claims=text)).location


def test_without_openid_the_parameter_means_nothing(lin: Browser, party: Party) -> None:
    code = lin.code(party, scope="profile.account", claims=claims({"email": None}))
    assert party.redeem(code).json["scope"] == "profile.account"  # type: ignore[index]
