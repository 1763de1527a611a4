"""What a page asks of the database: named, and the same however much there is to show."""

import re

import pytest
from cryptography.hazmat.primitives import serialization

from minzhengtong.access import consent
from minzhengtong.web.platform import create_platform
from tests.engines.statements import COMMIT, watched
from tests.rules.conftest import routes
from tests.web.citizen.conftest import DESK, FARE, INSURED, SENIOR, House, Person

SESSION = "SELECT login_session"
USES = ("SELECT audit_entry", "SELECT miniapp", "SELECT terminal")
PAGES = {
    "/": [SESSION, "SELECT miniapp", *USES],
    "/services": [SESSION, "SELECT miniapp"],
    "/code": [
        *(SESSION, "SELECT code_holder", "SELECT scan", "SELECT terminal"),
        *("UPDATE code_holder", "INSERT issued_code", COMMIT),
    ],
    "/code/status": [SESSION, "SELECT scan"],
    "/wallet": [SESSION, "SELECT certificate"],
    "/wallet/": [SESSION, "SELECT certificate", *USES],
    "/activity": [SESSION, *USES],
    "/receipts/": [SESSION, "SELECT payment", "SELECT miniapp", "SELECT terminal"],
    "/me": [SESSION, "SELECT account"],
    "/me/consents": [SESSION, "SELECT consent", "SELECT miniapp"],
    "/login": [SESSION],  # leads her home
    "/static/css/base.css": [],
}
LISTED_ON = {"/wallet/": "/wallet", "/receipts/": "/activity"}
"""Where the addresses of pages that have an id are found."""


@pytest.fixture
def busy_lin(house: House, lin: Person) -> Person:
    """She has been scanned, has paid, and has allowed two apps something."""
    for _ in range(2):
        house.scan(lin.shown_code(), FARE, SENIOR)
        house.scan(lin.shown_code(), INSURED, at=DESK)
    with house.runtime.db.write() as conn:
        for slug in ("transit", "clinic"):
            now, app_id = house.runtime.clock.now(), f"example.fuzhou.{slug}"
            consent.grant(conn, now, "per_lin", app_id, ["profile.name"])
    return lin


def address(person: Person, page: str) -> str:
    """A page that exists: of those with an id in their address, the first that its list leads to."""
    if page not in LISTED_ON:
        return page
    person.get(LISTED_ON[page])
    link = re.search(f'href="({page}[^"]+)"', person.page)
    assert link
    return link[1]


def deeds(house: House, person: Person, path: str) -> list[str]:
    person.get(path)  # the process has the apps' states from now on
    with watched(house.runtime.db) as done:
        person.get(path)
    return done


@pytest.mark.parametrize("page", PAGES)
def test_a_page_costs_its_named_statements(house: House, busy_lin: Person, page: str) -> None:
    assert deeds(house, busy_lin, address(busy_lin, page)) == PAGES[page]


def test_the_pages_of_others_cost_theirs(house: House) -> None:
    assert deeds(house, house.anybody(), "/login") == ["SELECT person"]
    assert deeds(house, house.person("qiu"), "/bench") == [SESSION, "SELECT terminal", "SELECT miniapp"]


def test_every_page_for_a_person_is_named_here(house: House) -> None:
    pages = {
        rule.rule.partition("<")[0]
        for rule, method, view in routes(create_platform(house.runtime))
        if method == "GET" and getattr(view, "guard", "public") not in ("public", "bearer")
    }
    assert pages - {"/bench"} <= set(PAGES)


def test_showing_a_code_loads_no_private_key(lin: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    lin.shown_code()
    loaded: list[object] = []
    monkeypatch.setattr(serialization, "load_pem_private_key", lambda *args, **_: loaded.append(args))
    lin.shown_code()
    assert loaded == []
