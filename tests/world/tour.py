"""A tour of the whole simulator: every route of the platform answers well at least once."""

import re
from urllib.parse import parse_qsl, urlsplit

from flask import Response, request

from minzhengtong.base.clock import FrozenClock
from minzhengtong.bench.client import CLIENT_ID as BENCH
from minzhengtong.bench.client import SCOPE
from minzhengtong.codes.draw import draw_png
from minzhengtong.codes.signers import publish_next_keys
from minzhengtong.hosting.deliver import deliver_due
from minzhengtong.registration.client_secret import client_secret
from minzhengtong.run import worker
from tests.web.oidc.party import Browser as PartyBrowser
from tests.web.oidc.party import Party
from tests.world.browser import Browser
from tests.world.facts import CLINIC, DESK, FARE, GATE, PLATFORM, SENIOR, TRANSIT
from tests.world.routes import routes
from tests.world.world import World

PASSWORD = "minzhengtong-demo"
CLIENT = "example.fuzhou.transit"


def tour(house: World, clock: FrozenClock) -> set[str]:
    """Visit everything as a citizen, a terminal, a tester, an auditor and the worker.

    Returns the routes of the platform that did not answer well.
    """
    left = {f"{method} {rule.rule}" for rule, method, _ in routes(house.platform)}

    @house.platform.after_request
    def note(answer: Response) -> Response:
        if answer.status_code < 400 and request.url_rule:
            left.discard(f"{request.method} {request.url_rule.rule}")
        return answer

    lin = house.person("lin")
    _as_terminal(house, lin)
    _as_citizen(lin)
    _as_party(house)
    _as_tester(house)
    house.person("lu").get("/api/v1/ledger/summary")
    for path in ("/healthz", "/api/openapi.json", "/api/v1/codes/keys", "/static/css/base.css"):
        lin.get(path)
    _work(house, clock)
    return left


def _as_terminal(house: World, lin: Browser) -> None:
    gate, desk = house.terminal("transit"), house.terminal("clinic")
    gate.scan(lin.shown_code(), FARE, SENIOR)
    made = desk.scan(lin.shown_code(), at=DESK)
    path = f"/api/v1/scans/{made.get_json()['id']}"
    desk.post(f"{path}/certificates", {"type": "medical-insurance", "claims": ["name"]})
    desk.post(f"{path}/payments", {"amount_fen": 1000, "subject": "挂号费"})
    desk.get(path)
    gate.get("/api/v1/payments?limit=1")
    gate.get("/api/v1/payments?cursor=pay_" + "z" * 24)


def _as_citizen(lin: Browser) -> None:
    for page in ("/", "/services", "/services?q=公交", "/services/transit/icon.svg", "/me", "/me/consents"):
        lin.get(page)
    for listed, link in (("/wallet", "/wallet/"), ("/activity", "/receipts/")):
        lin.get(listed)
        found = re.search(f'href="({link}[^"]+)"', lin.page)
        assert found, link
        lin.get(found[1])
    lin.get("/code/status")
    lin.get("/code")
    for act in ("fresh", "freeze", "unfreeze"):
        lin.send(f"/code/{act}")
    lin.send("/language", language="en")


def _as_party(house: World) -> None:
    """Another citizen logs in at both apps, and a program of one of them reads her tokens."""
    chen = house.person("chen")
    for app in (TRANSIT, CLINIC):
        chen.open_app(app + "/")
    chen.submit("/visits", department="内科")
    _log_out(chen)
    secret = client_secret(house.runtime.keyring, CLIENT)
    party = Party(CLIENT, secret, f"{TRANSIT}/oidc/callback", house.platform.test_client())
    wu = PartyBrowser(house.platform.test_client())
    wu.log_in("wu")
    wu.allow(party)
    token = wu.tokens(party)["access_token"]
    party.userinfo(token)
    party.http.post("/oauth/userinfo", headers={"Authorization": f"Bearer {token}", "Origin": CLINIC})
    for path in ("/oauth/introspect", "/oauth/revoke"):
        party.post(path, token=token)
    party.post("/oauth/token", grant_type="client_credentials")
    party.redeem("no-such-code")
    for path in ("/.well-known/openid-configuration", "/oauth/jwks"):
        wu.get(path)
    wu.http.post("/oauth/authorize", data=dict(parse_qsl(urlsplit(party.url()).query)), base_url=PLATFORM)


def _log_out(person: Browser) -> None:
    """By the question of a client, answered with yes; then in again by password, and out by the menu."""
    person.get(PLATFORM + "/oauth/logout")
    person.submit("/oauth/logout/confirmed")
    for password in ("wrong", PASSWORD):
        person.get("/login")
        person.submit("/login", phone="10000000002", password=password)
    person.get("/me")
    person.post(PLATFORM + "/oauth/logout", {})
    person.get("/me/consents")
    person.send(f"/me/consents/{CLIENT}/revoke")
    person.send("/logout")


def _as_tester(house: World) -> None:
    qiu, program = house.person("qiu"), house.caller(BENCH, SCOPE)
    for query in ("", f"?terminal={GATE}", "?q=fuzhou+1", "?terminal=none"):
        qiu.get(f"/bench{query}")
    qiu.send("/bench", terminal_id=GATE, code=house.show().text, source="text", key="k")
    program.get("/api/v1/bench/terminals")
    picture = draw_png(house.show().text)
    program.call("POST", "/api/v1/bench/pictures", data=picture, content_type="image/png")
    for terminal in (GATE, DESK):
        program.post("/api/v1/bench/scans", {"terminal_id": terminal, "code": house.show().text})


def _work(house: World, clock: FrozenClock) -> None:
    """Every job of the worker, now and when what was written is old."""
    runtime = house.runtime
    with runtime.db.write() as conn:
        now = runtime.clock.now()
        publish_next_keys(conn, runtime.keyring, now, ["350100"], signs_at=now)
    for days in (0, 1, 40):
        clock.advance(days * 86_400)
        deliver_due(house.hosted)
        worker._seal(runtime)
        worker.move_keys_on(runtime)
        worker.sweep(runtime)
