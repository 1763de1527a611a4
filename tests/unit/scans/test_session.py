"""What a terminal may ask for after a scan, and for how long."""

from datetime import timedelta

import pytest

from minzhengtong.codes.holder import freeze
from minzhengtong.payments.ledger import balance_fen
from minzhengtong.payments.summary import summary
from minzhengtong.scans.history import latest_of
from minzhengtong.scans.outcome import STEPS
from minzhengtong.scans.session import AlreadyDone, SessionClosed, go_on, open_session
from minzhengtong.scans.store import ScanUnknown
from tests.unit.scans.conftest import DESK
from tests.world.facts import FARE, INSURED, SENIOR, wants

pytestmark = pytest.mark.engines("sqlite", "postgresql")


def call(house, made, item, *, app_id: str = DESK.app_id, seconds: float = 0):
    now = house.now + timedelta(seconds=seconds)
    with house.db.write() as conn:
        found = open_session(conn, now, app_id, made.id)
        return go_on(conn, now, found, DESK, wants(item)[0], idempotency_key="k2")


def test_prove_then_pay_within_one_scan(house) -> None:
    made = house.scan(house.show().text, terminal=DESK)
    shown = call(house, made, INSURED)
    assert shown.items.certificates[0].claims == {"name": "林晓闽", "insured_place": "福州市"}
    answered = call(house, made, SENIOR)
    assert answered.items.predicates[0].answer is False
    paid = call(house, made, FARE | {"amount_fen": 1000}, seconds=119.9)
    assert [paid.items.outcomes[step] for step in STEPS] == ["ok"] * 7
    assert paid.items.certificates[0].claim_names == ("name", "insured_place")
    assert paid.items.certificates[0].claims is None
    assert house.ask(balance_fen, "per_lin") == 49000
    assert house.ask(latest_of, "per_lin").items.payment == paid.items.payment


def test_the_session_ends_after_two_minutes(house) -> None:
    made = house.scan(house.show().text, terminal=DESK)
    with pytest.raises(SessionClosed):
        call(house, made, FARE, seconds=120)


def test_another_app_does_not_find_the_scan(house) -> None:
    made = house.scan(house.show().text, terminal=DESK)
    with pytest.raises(ScanUnknown):
        call(house, made, FARE, app_id="example.fuzhou.transit")


def test_a_refused_scan_has_no_session(house) -> None:
    made = house.scan("hello", terminal=DESK)
    with pytest.raises(SessionClosed):
        call(house, made, FARE)


@pytest.mark.parametrize("item", [FARE, INSURED, SENIOR])
def test_nothing_is_done_twice(house, item) -> None:
    made = house.scan(house.show().text, item, terminal=DESK)
    with pytest.raises(AlreadyDone):
        call(house, made, item)
    assert house.ask(balance_fen, "per_lin") == 50000 - (200 if item is FARE else 0)


def test_a_refused_charge_ends_the_session_and_is_kept(house) -> None:
    made = house.scan(house.show("wu").text, terminal=DESK)
    refused = call(house, made, FARE)
    assert (refused.verdict, refused.reason) == ("refused", "insufficient_balance")
    assert house.ask(latest_of, "per_wu") == refused
    with pytest.raises(SessionClosed):
        call(house, made, FARE | {"amount_fen": 0, "reason": "免费"})


def test_a_payment_is_kept_when_a_later_certificate_is_refused(house) -> None:
    made = house.scan(house.show("huang").text, FARE, terminal=DESK)
    refused = call(house, made, INSURED)
    assert (refused.reason, refused.items.outcomes["money"]) == ("certificate_missing", "ok")
    assert refused.items.payment == made.items.payment
    assert house.ask(summary).payments == 1


def test_each_citizen_sees_her_own_scans(house) -> None:
    first = house.scan(house.show().text, FARE)
    house.scan(house.show("chen").text, FARE)
    assert house.ask(latest_of, "per_lin") == first
    assert house.ask(latest_of, "per_huang") is None


def test_her_newest_scan_may_be_one_that_was_refused(house) -> None:
    used = house.show().text
    house.scan(used)
    again = house.scan(used)
    assert again.reason == "already_used"
    assert house.ask(latest_of, "per_lin") == again
    with house.db.write() as conn:
        freeze(conn, house.now, "per_lin", "holder")
    frozen = house.scan(house.show().text)
    assert frozen.reason == "account_frozen"
    assert house.ask(latest_of, "per_lin") == frozen
    nobodys = house.scan("hello")
    assert house.ask(latest_of, "per_lin") == frozen != nobodys
