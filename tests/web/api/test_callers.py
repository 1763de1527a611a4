"""A caller is cached for half a second, and what it has lost counts at once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Connection, update

from minzhengtong.oidc.tokens import ACCESS_TOKEN_SECONDS, revoke_token
from minzhengtong.payments.ledger import balance_fen
from minzhengtong.registry.apps import AppState, set_state
from minzhengtong.registry.models import terminal
from minzhengtong.scans import callers
from tests.engines.statements import watched
from tests.web.api.test_scans import problem
from tests.world.facts import FARE, GATE
from tests.world.world import World

APP = "example.fuzhou.transit"


def test_a_caller_is_looked_up_once(house, gate) -> None:
    with watched(house.runtime.db) as statements:
        for _ in range(3):
            assert gate.scan(house.show().text, FARE).status_code == 201
    assert statements.count("SELECT access_token") == 1


def take_token(house: World, token: str) -> Callable[[Connection], object]:
    return lambda conn: revoke_token(conn, house.runtime.clock.now(), token)


def suspend_app(house: World, _: str) -> Callable[[Connection], object]:
    return lambda conn: set_state(conn, house.runtime.clock.now(), APP, AppState.SUSPENDED, "a test")


def close_terminal(_: World, __: str) -> Callable[[Connection], object]:
    return lambda conn: conn.execute(update(terminal).where(terminal.c.id == GATE).values(active=False))


@pytest.mark.parametrize(
    ("taken", "told"),
    [
        (take_token, (401, "token_invalid")),
        (suspend_app, (401, "token_invalid")),
        (close_terminal, (404, "terminal_unknown")),
    ],
)
def test_a_caller_that_lost_its_access_does_nothing_more(house, gate, taken, told) -> None:
    made = gate.scan(house.show().text).json
    with house.runtime.db.write() as conn:
        taken(house, gate.token)(conn)
    assert problem(gate.scan(house.show().text, FARE)) == told
    price = {"amount_fen": 200, "subject": "1 路公交"}
    assert problem(gate.post(f"/api/v1/scans/{made['id']}/payments", price)) == told
    assert house.ask(balance_fen, "per_lin") == 50_000


def test_an_expired_token_is_refused_at_once(house, gate) -> None:
    assert gate.scan(house.show().text, FARE).status_code == 201
    house.runtime.clock.advance(ACCESS_TOKEN_SECONDS)
    assert problem(gate.scan("no code")) == (401, "token_invalid")


def test_a_repeated_call_is_answered_even_if_the_terminal_is_gone(house, gate) -> None:
    code = house.show().text
    first = gate.scan(code, FARE, key="once")
    with house.runtime.db.write() as conn:
        close_terminal(house, "")(conn)
    assert gate.scan(code, FARE, key="once").data == first.data
    assert problem(gate.scan(code, FARE, key="twice")) == (404, "terminal_unknown")


def test_the_cache_of_callers_is_bounded(house, monkeypatch) -> None:
    monkeypatch.setattr(callers, "MOST_KNOWN", 2)
    cache, now = callers.CallerCache(house.runtime.db), house.runtime.clock.now()
    for _ in range(7):
        assert cache.find(now, house.terminal().token, GATE)
        assert len(cache._known) <= 2
    assert cache.find(now + timedelta(seconds=1), "of nobody", GATE) is None
