"""What a citizen's page asks of the database: named, and the same however much there is to show."""

import pytest
from cryptography.hazmat.primitives import serialization
from sqlalchemy import event

from minzhengtong.access import consent
from tests.web.portal.conftest import DESK, FARE, INSURED, SENIOR, House, Person

SESSION = "SELECT login_session"
PAGES = {
    "/": [SESSION, "SELECT miniapp", "SELECT audit_entry", "SELECT miniapp", "SELECT terminal"],
    "/services": [SESSION, "SELECT miniapp"],
    "/code": [
        SESSION,
        "SELECT code_holder",
        "SELECT scan",
        "SELECT terminal",
        "UPDATE code_holder",
        "INSERT issued_code",
    ],
    "/code/status": [SESSION, "SELECT scan"],
    "/wallet": [SESSION, "SELECT certificate"],
    "/activity": [SESSION, "SELECT audit_entry", "SELECT miniapp", "SELECT terminal"],
    "/me": [SESSION, "SELECT account"],
    "/me/consents": [SESSION, "SELECT consent", "SELECT miniapp"],
    "/login": [SESSION],
    "/static/css/base.css": [],
}


@pytest.fixture
def busy_lin(house: House, lin: Person) -> Person:
    """She has been scanned, has paid, and has allowed two apps something."""
    for _ in range(2):
        house.scan(lin.shown_code(), FARE, SENIOR)
        house.scan(lin.shown_code(), INSURED, at=DESK)
    with house.runtime.db.transaction() as conn:
        for slug in ("transit", "clinic"):
            now, app_id = house.runtime.clock.now(), f"example.fuzhou.{slug}"
            consent.grant(conn, now, "per_lin", app_id, ["profile.name"])
    return lin


@pytest.mark.parametrize("path", PAGES)
def test_a_page_costs_its_named_statements(house: House, busy_lin: Person, path: str) -> None:
    busy_lin.get(path)  # the process has its keys and the apps' states from now on
    statements: list[str] = []
    event.listen(house.runtime.db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    busy_lin.get(path)
    assert [_deed(text) for text in statements if not text.startswith("BEGIN")] == PAGES[path]


def test_showing_a_code_loads_no_private_key(lin: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    lin.shown_code()
    loaded: list[object] = []
    monkeypatch.setattr(serialization, "load_pem_private_key", lambda *args, **_: loaded.append(args))
    lin.shown_code()
    assert loaded == []


def _deed(statement: str) -> str:
    verb, what, *_ = statement.replace("INTO ", "").split()
    return f"{verb} {what.split('.')[0]}"
