"""What a citizen stops is stopped at once in scans that are open: freezing, and taking a consent back."""

from typing import Any

import pytest

from minzhengtong.access.consent import grant, revoke
from minzhengtong.codes.holder import freeze, unfreeze
from minzhengtong.payments.ledger import balance_fen
from minzhengtong.runtime import Runtime
from tests.web.api.test_scans import problem
from tests.world.caller import Caller
from tests.world.facts import DESK
from tests.world.world import World

pytestmark = pytest.mark.engines("sqlite", "postgresql")

CLINIC = "example.fuzhou.clinic"
CALLS: dict[str, dict[str, Any]] = {
    "payments": {"amount_fen": 1000, "subject": "挂号费"},
    "certificates": {"type": "medical-insurance", "claims": ["name"]},
}


def freeze_code(runtime: Runtime, *, lift: bool = False) -> None:
    with runtime.db.write() as conn:
        freeze(conn, runtime.clock.now(), "per_lin", "holder")
        if lift:
            unfreeze(conn, runtime.clock.now(), "per_lin", "holder")


def take_consent_back(runtime: Runtime, app_id: str) -> None:
    with runtime.db.write() as conn:
        grant(conn, runtime.clock.now(), "per_lin", app_id, ["profile.name"])
        revoke(conn, runtime.clock.now(), "per_lin", app_id)


def opened(house: World, desk: Caller) -> str:
    """The path of a new scan whose session is open."""
    made = desk.scan(house.show().text, at=DESK).json
    assert made
    return f"/api/v1/scans/{made['id']}"


@pytest.mark.parametrize("lift", [False, True])
@pytest.mark.parametrize("what", CALLS)
def test_freezing_ends_an_open_scan_for_good(house, desk, what, lift) -> None:
    path = opened(house, desk)
    freeze_code(house.runtime, lift=lift)
    said = desk.post(f"{path}/{what}", CALLS[what]).json
    assert (said["verdict"], said["reason"]) == ("refused", "account_frozen")
    assert (said["certificates"], said["payment"]) == ([], None)
    assert problem(desk.post(f"{path}/{what}", CALLS[what])) == (409, "session_closed")
    assert house.ask(balance_fen, "per_lin") == 50_000


def test_after_a_lifted_freeze_the_next_scan_is_open(house, desk) -> None:
    freeze_code(house.runtime, lift=True)
    said = desk.post(opened(house, desk) + "/payments", CALLS["payments"]).json
    assert said["payment"]["amount_fen"] == 1000


@pytest.mark.parametrize("what", CALLS)
def test_a_consent_taken_back_ends_open_scans_of_that_app(house, desk, what) -> None:
    path = opened(house, desk)
    take_consent_back(house.runtime, "example.fuzhou.transit")
    assert desk.get(path).json["verdict"] == "pass"
    take_consent_back(house.runtime, CLINIC)
    assert problem(desk.post(f"{path}/{what}", CALLS[what])) == (409, "session_closed")
    house.runtime.clock.advance(1)
    assert desk.post(f"{opened(house, desk)}/{what}", CALLS[what]).json["verdict"] == "pass"
