"""The statements of a page: their number does not grow with the rows that it shows."""

import re

import pytest
from cryptography.hazmat.primitives import serialization

from minzhengtong.access import consent
from minzhengtong.web.platform import create_platform
from tests.engines.statements import watched
from tests.world.browser import Browser
from tests.world.facts import DESK, FARE, INSURED, SENIOR
from tests.world.routes import routes
from tests.world.world import World

PAGES = ("/", "/services", "/code", "/code/status", "/wallet", "/activity", "/me", "/me/consents")
LISTED_ON = {"/wallet/": "/wallet", "/receipts/": "/activity"}
"""Pages that have an id in their address, and the list that leads to them."""


def use(house: World, lin: Browser, times: int) -> None:
    """Two apps scan her code so many times, and are allowed something."""
    for _ in range(times):
        house.scan(lin.shown_code(), FARE, SENIOR)
        house.scan(lin.shown_code(), INSURED, at=DESK)
    with house.runtime.db.write() as conn:
        for slug in ("transit", "clinic")[:times]:
            now, app_id = house.runtime.clock.now(), f"example.fuzhou.{slug}"
            consent.grant(conn, now, "per_lin", app_id, ["profile.name"])


def statements(house: World, lin: Browser) -> dict[str, list[str]]:
    """What each page asks for; a page with an id is the first that its list leads to."""
    found = {}
    for page in (*PAGES, *LISTED_ON):
        address = page
        if page in LISTED_ON:
            lin.get(LISTED_ON[page])
            link = re.search(f'href="({page}[^"]+)"', lin.page)
            assert link
            address = link[1]
        lin.get(address)  # from now on the process has the apps' states
        with watched(house.runtime.db) as found[page]:
            assert lin.get(address).status_code == 200
    return found


def test_the_statements_of_a_page_do_not_grow_with_its_rows(house: World, lin: Browser) -> None:
    use(house, lin, 1)
    few = statements(house, lin)
    use(house, lin, 3)
    assert statements(house, lin) == few
    assert all(few.values())


def test_every_page_for_a_person_is_named_here(house: World) -> None:
    pages = {
        rule.rule.partition("<")[0]
        for rule, method, view in routes(create_platform(house.runtime))
        if method == "GET" and getattr(view, "guard", "public") not in ("public", "bearer")
    }
    assert pages - {"/bench"} == {*PAGES, *LISTED_ON}


def test_showing_a_code_loads_no_private_key(lin: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    lin.shown_code()
    loaded: list[object] = []
    monkeypatch.setattr(serialization, "load_pem_private_key", lambda *args, **_: loaded.append(args))
    lin.shown_code()
    assert loaded == []
