"""Every view of the platform carries a guard, and every route behaves as its guard says."""

from flask import Blueprint

from minzhengtong.base.rooms import modules_below
from tests.world.facts import PLATFORM
from tests.world.routes import path_of, routes
from tests.world.world import World

PUBLIC = {
    "auth.enter",
    "auth.enter_as_persona",
    "auth.leave",
    "auth.login",
    "authorize.authorize",
    "api_codes.read_keys",
    "consent.answer_sheet",
    "consent.show_sheet",
    "health.healthz",
    "i18n.switch",
    "logout_confirmation.confirm",
    "metadata.discovery",
    "metadata.key_set",
    "oidc_logout.end_session",
    "openapi.read_document",
    "services.show_icon",
    "static",
}
BEARER = {
    "api_bench.list_terminals",
    "api_bench.make_scan",
    "api_bench.read_picture",
    "api_ledger.read_summary",
    "api_payments.list_payments",
    "api_scans.make_scan",
    "api_scans.read_scan",
    "api_scans.show_certificate",
    "api_scans.take_payment",
    "token.introspect",
    "token.issue",
    "token.revoke",
    "userinfo.userinfo",
}
WITHOUT_FORM_TOKEN = {"api_bench", "api_scans", "authorize", "oidc_logout", "token", "userinfo"}
"""Blueprints that programs, or pages of clients, post to."""
ASKED_BY_GET = {"authorize", "oidc_logout"}
"""Of these, those that a page of another site may post to: they only redirect to themselves."""
OPEN_IN_APPS = {"static", "mzt.callback", "mzt.backchannel_logout", "mzt.events"}


def test_every_view_has_a_guard_and_public_views_are_listed(house: World) -> None:
    marks: dict[str, set[str]] = {}
    for rule, _, view in routes(house.platform):
        mark = "public" if rule.endpoint == "static" else view.guard
        marks.setdefault(mark, set()).add(rule.endpoint)
    assert marks["public"] == PUBLIC
    assert marks["bearer"] == BEARER
    assert set(marks) == {"public", "bearer", "login", "role:tester"}


def test_every_blueprint_is_found(house: World) -> None:
    modules = modules_below("minzhengtong.web")
    made = [thing for module in modules for thing in vars(module).values() if isinstance(thing, Blueprint)]
    assert set(made) == set(house.platform.blueprints.values())


def test_views_for_a_person_ask_strangers_to_log_in(house: World) -> None:
    for rule, method, view in routes(house.platform):
        if getattr(view, "guard", "public") in ("public", "bearer"):
            continue
        stranger = house.browser()
        stranger.get(PLATFORM + "/login")
        if method == "GET":
            answer = stranger.look(PLATFORM + path_of(rule))
            assert (answer.status_code, answer.location.startswith("/login?next=")) == (302, True), rule
        else:
            assert stranger.send(path_of(rule)).status_code == 401, rule


def test_a_citizen_without_the_role_is_refused(house: World) -> None:
    lin = house.person("lin")
    for rule, method, view in routes(house.platform):
        if getattr(view, "guard", "").startswith("role:"):
            ask = lin.look if method == "GET" else lin.send
            assert ask(path_of(rule)).status_code == 403, rule


def test_programs_without_a_token_are_refused(house: World) -> None:
    for rule, method, view in routes(house.platform):
        if getattr(view, "guard", "") == "bearer":
            answer = house.browser().http.open(path_of(rule), method=method, base_url=PLATFORM)
            assert answer.status_code in (400, 401, 415), (rule, answer.text)


def test_every_form_needs_its_token(house: World) -> None:
    exempt = house.platform.extensions["csrf"]
    assert {blueprint.name for blueprint in exempt._exempt_blueprints} == WITHOUT_FORM_TOKEN
    assert not exempt._exempt_views
    tester = house.person("qiu")
    for rule, method, _ in routes(house.platform):
        if method == "GET" or rule.endpoint.partition(".")[0] in WITHOUT_FORM_TOKEN:
            continue
        for form in ({}, {"csrf_token": ""}, {"csrf_token": "x"}, {"csrf_token": house.person("lin").csrf}):
            answer = tester.post(PLATFORM + path_of(rule), form)
            assert (answer.status_code, "csrf_failed" in answer.text) == (400, True), (rule, form)


def test_a_cookie_alone_changes_nothing_in_views_without_form_tokens(house: World) -> None:
    tester = house.person("qiu")
    for rule, method, _ in routes(house.platform):
        name = rule.endpoint.partition(".")[0]
        if method == "POST" and name in WITHOUT_FORM_TOKEN - ASKED_BY_GET:
            for type_ in ("application/x-www-form-urlencoded", "application/json", "image/png", "text/plain"):
                answer = tester.post(PLATFORM + path_of(rule), "{}", **{"Content-Type": type_})
                assert 400 <= answer.status_code < 500, (rule, type_)
        elif method == "POST" and name in ASKED_BY_GET:
            answer = tester.post(PLATFORM + path_of(rule), {"state": "s"})
            assert (answer.status_code, answer.location) == (303, f"{path_of(rule)}?state=s")
    assert tester.look(PLATFORM + "/me").status_code == 200


def test_no_form_of_another_site_replaces_the_session_cookie(house: World) -> None:
    """Such a form comes without the cookie, and the browser keeps what the answer sets."""
    lin = house.person("lin")
    for rule, method, _ in routes(house.platform):
        for path in (path_of(rule), "/nowhere"):
            answer = house.browser().post(PLATFORM + path, {"csrf_token": lin.csrf, "language": "en"})
            assert answer.headers.getlist("Set-Cookie") == [], (path, method)


def test_pages_of_apps_ask_for_a_login_and_their_forms_for_their_own_origin(house: World) -> None:
    for origin, app in house.origins().items():
        if origin == PLATFORM:
            continue
        for rule, method, _ in routes(app):
            if rule.endpoint in OPEN_IN_APPS:
                continue
            stranger = house.browser()
            answer = (
                stranger.look(origin + path_of(rule))
                if method == "GET"
                else stranger.post(origin + path_of(rule), {})
            )
            assert (answer.status_code, answer.location.startswith(PLATFORM)) == (303, True), (origin, rule)
            for foreign in ("null", PLATFORM, "http://evil.example", "http://transit.localhost:9000", ""):
                if method != "GET":
                    answer = stranger.post(origin + path_of(rule), {}, Origin=foreign)
                    assert answer.status_code == 403, (origin, rule, foreign)
