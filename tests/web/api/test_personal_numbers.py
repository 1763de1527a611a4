"""Numbers, emails, homes and the apps' subjects of people stand only where their holders want them."""

import json
import logging
import re
from typing import Any

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from minzhengtong.bench.client import CLIENT_ID, SCOPE
from minzhengtong.demo.personas import load_personas
from minzhengtong.hosting.deliver import deliver_due
from minzhengtong.oidc.models import oauth_client
from minzhengtong.oidc.subjects import Subjects
from minzhengtong.registration.client_secret import client_secret
from tests.web.api.leaks import ADDRESS, APPS, EMAIL, NUMBER, PHONE, Seen, Watch
from tests.web.oidc.party import Browser as PartyBrowser
from tests.web.oidc.party import Party
from tests.world.browser import Browser
from tests.world.facts import CLINIC, DESK, FARE, INSURED, TRANSIT
from tests.world.routes import path_of, routes
from tests.world.world import World

pytestmark = pytest.mark.engines("sqlite", "postgresql")

LIN = next(person for person in load_personas().people if person.key == "lin")
HER_PAGES = re.compile(r"/me|/wallet/cert_\w+")
PLACES_OF_APPS = {
    app: {origin, f"event {origin}", f"store {app.rpartition('.')[2]}"}
    for app, origin in zip(APPS, (TRANSIT, CLINIC), strict=True)
}
CLINIC_APP = "example.fuzhou.clinic"
READ = (CLINIC_APP, "/oauth/userinfo")  # she consents to it there
PLACES = {
    PHONE: {
        READ,
        ("", CLINIC),
        ("", "store clinic"),
        ("", "/login"),
    },  # what she typed, after a wrong password
    EMAIL: {READ},
    ADDRESS: {READ},
}
TABLES = {
    NUMBER: {"table person", "table certificate"},
    PHONE: {"table person"},
    EMAIL: {"table person"},
    ADDRESS: set(),
}


def test_nothing_leaves_but_the_named_claims(house: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    watch = Watch(house)
    lin = house.browser()
    lin.get("/login")
    lin.submit("/login", phone=LIN.phone, password="wrong")
    lin.submit("/login", phone=LIN.phone, password=load_personas().password)
    use_apps(lin)
    scan_everywhere(house, lin)
    open_every_page(house, lin)
    allow_everything(house)
    lin.get("/me")
    lin.submit("/logout")
    deliver_due(house.hosted)
    watch.search_tables()
    watch.search_stores()
    watch.search(caplog.text, "log")

    strange = {one for one in watch.seen if not may_be_seen(one)}
    assert not strange, sorted(map(str, strange))
    kinds = {(one.kind, one.person, one.place.partition("_")[0]) for one in watch.seen}
    assert kinds >= {(NUMBER, "lin", "/wallet/cert")}
    assert kinds >= {(kind, "lin", "/oauth/userinfo") for kind in (PHONE, EMAIL, ADDRESS)}
    assert {one.kind for one in watch.seen if one.place.startswith("event")} == set(APPS)


def use_apps(lin: Browser) -> None:
    for origin in (TRANSIT, CLINIC):
        assert lin.open_app(origin + "/").status_code == 200
    assert lin.submit("/visits", department="内科").status_code == 200


def allow_everything(house: World) -> None:
    """Let the clinic ask for whatever there is, and read it once she has allowed it."""
    with house.runtime.db.write() as conn:
        conn.execute(
            update(oauth_client)
            .where(oauth_client.c.client_id == CLINIC_APP)
            .values(scope=oauth_client.c.scope + " profile email phone address")
        )
    secret = client_secret(house.runtime.keyring, CLINIC_APP)
    scope, http = "openid profile email phone address", house.platform.test_client()
    party = Party(CLINIC_APP, secret, f"{CLINIC}/oidc/callback", http, scope)
    browser = PartyBrowser(house.platform.test_client())
    browser.log_in("lin")
    browser.allow(party)
    assert party.userinfo(browser.tokens(party)["access_token"]).status_code == 200


def said(answer: TestResponse) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(answer.text)
    return body


def scan_everywhere(house: World, lin: Browser) -> None:
    """Scan at terminals and at the bench, passed and refused, twice under one key, and go on."""
    gate, desk, bench = house.terminal(), house.terminal("clinic"), house.caller(CLIENT_ID, SCOPE)
    assert said(gate.scan(lin.shown_code(), FARE))["verdict"] == "pass"
    code = lin.shown_code()
    made = [said(desk.scan(code, INSURED, at=DESK, key="twice")) for _ in range(2)]
    assert made[0] == made[1] != said(desk.scan(code, INSURED, at=DESK))
    path = f"/api/v1/scans/{said(desk.scan(lin.shown_code(), at=DESK))['id']}"
    shown = said(desk.post(path + "/certificates", {"type": "medical-insurance", "claims": ["name"]}))
    assert [one["claims"] for one in shown["certificates"]] == [{"name": LIN.name}]
    desk.post(path + "/payments", {"amount_fen": 1, "subject": "挂号费"})
    desk.get(path)
    for caller in (gate, desk):
        caller.get("/api/v1/payments")
    for wants in ({}, {"wants": [INSURED]}):
        body = {"code": lin.shown_code(), "terminal_id": DESK} | wants
        assert said(bench.post("/api/v1/bench/scans", body))["scan"]["certificates"]
    tester = house.person("qiu")
    tester.get("/bench")
    tester.submit("/bench", terminal_id=DESK, code=lin.shown_code())
    assert LIN.name in tester.page


def open_every_page(house: World, lin: Browser) -> None:
    lin.get("/wallet")
    for card in re.findall(r'href="(/wallet/[^"]+)"', lin.page):
        lin.get(card)
        lin.get(card + "?number=1")
    for browser in (lin, house.person("chen"), house.person("qiu"), house.person("lu"), house.browser()):
        for rule, method, _ in routes(house.platform):
            if method == "GET":
                browser.get(path_of(rule))


def may_be_seen(one: Seen) -> bool:
    if one.kind in APPS:
        return one.reader == one.kind or one.place in PLACES_OF_APPS[one.kind] or _is_for_tester(one)
    if one.place in TABLES[one.kind]:
        return True
    if (one.reader, one.place) in PLACES.get(one.kind, ()):
        return True
    return one.reader == one.person and HER_PAGES.fullmatch(one.place) is not None


def _is_for_tester(one: Seen) -> bool:
    """The bench answers with what its terminal's app was answered."""
    return one.reader in (CLIENT_ID, f"bench:{CLIENT_ID}", "bench:per_qiu")


def test_a_certificate_has_a_handle_of_its_own_in_each_app(house: World) -> None:
    keyring = house.runtime.keyring
    bus, clinic = (Subjects(keyring, app) for app in APPS)
    assert bus.certificate("cert_1") == bus.certificate("cert_1") != clinic.certificate("cert_1")
    assert bus.certificate("x") != bus.person("x")
