"""Scans that pass and scans that are refused, and what each of them writes."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from minzhengtong.audit.log import entries_of_person
from minzhengtong.codes.cose import CodeScope
from minzhengtong.codes.holder import freeze
from minzhengtong.payments.ledger import balance_fen
from minzhengtong.payments.models import payment
from minzhengtong.payments.summary import summary
from minzhengtong.scans.models import scan
from minzhengtong.scans.outcome import STEPS
from minzhengtong.scans.store import scan_by_id
from tests.unit.scans.conftest import DESK
from tests.world.facts import FARE, INSURED, SENIOR

pytestmark = pytest.mark.engines("sqlite", "postgresql")


def outcomes(made) -> str:
    """One letter a step: o for ok, r for refused, s for skipped."""
    return "".join(made.items.outcomes[step][0] for step in STEPS)


def log_of(house, person: str) -> list[tuple[str, dict]]:
    return [(row.action, row.detail) for row in house.ask(entries_of_person, f"per_{person}")][::-1]


def test_a_fare_is_charged_and_logged(house) -> None:
    made = house.scan(house.show().text, FARE)
    assert (made.verdict, made.reason, outcomes(made)) == ("pass", None, "oooooso")
    assert house.ask(balance_fen, "per_lin") == 50000 - 200
    paid = made.items.payment
    assert (paid.amount_fen, paid.subject) == (200, "1 路公交")
    assert [action for action, _ in log_of(house, "lin")] == ["payment.made", "code.scanned"]
    facts = {"amount_fen": 200, "payment_id": paid.id, "subject": "1 路公交"}
    assert log_of(house, "lin")[0][1] == {"scan_id": made.id, **facts}


def test_digits_pass_without_a_signature(house) -> None:
    digits = house.show().digits
    made = house.scan(f"{digits[:6]} {digits[6:12]} {digits[12:]}", FARE)
    assert (made.verdict, outcomes(made)) == ("pass", "osoooso")


def test_a_senior_proves_and_rides_free_in_one_scan(house) -> None:
    made = house.scan(house.show("chen").text, SENIOR, FARE | {"amount_fen": 0, "reason": "老年人优待证"})
    assert [(one.type, one.answer) for one in made.items.predicates] == [("senior-card", True)]
    assert (made.items.payment.amount_fen, made.items.payment.reason) == (0, "老年人优待证")
    assert house.ask(balance_fen, "per_chen") == 20000
    assert ("predicate.answered", {"scan_id": made.id, "type": "senior-card", "answer": True}) in log_of(
        house, "chen"
    )


def test_the_answer_no_is_not_a_refusal(house) -> None:
    made = house.scan(house.show().text, SENIOR)
    assert (made.verdict, made.items.predicates[0].answer) == ("pass", False)


def test_a_certificate_shows_the_named_claims_and_keeps_no_value(house) -> None:
    made = house.scan(house.show().text, INSURED, terminal=DESK)
    assert made.items.certificates[0].claims == {"name": "林晓闽", "insured_place": "福州市"}
    kept = house.ask(scan_by_id, "example.fuzhou.clinic", made.id)
    assert kept == replace(made, items=kept.items)
    assert kept.items.certificates == (replace(made.items.certificates[0], claims=None),)
    shown = {"scan_id": made.id, "type": "medical-insurance", "claims": ["name", "insured_place"]}
    assert ("certificate.shown", shown) in log_of(house, "lin")
    assert "林晓闽" not in str(log_of(house, "lin"))
    assert "福州市" not in str(house.ask(lambda conn: conn.execute(select(scan)).all()))


@pytest.mark.parametrize(
    ("person", "items", "reason", "steps"),
    [
        ("wu", [FARE], "insufficient_balance", "ooooosr"),
        ("he", [FARE], "account_frozen", "ooorsss"),
        ("huang", [INSURED, FARE], "certificate_missing", "ooooors"),
        ("zheng", [INSURED, FARE], "certificate_revoked", "ooooors"),
    ],
)
def test_a_refusal_shows_nothing_charges_nothing_and_is_kept(house, person, items, reason, steps) -> None:
    before = house.ask(balance_fen, f"per_{person}")
    code = house.show(person).text
    made = house.scan(code, *items, terminal=DESK)
    assert (made.verdict, made.reason, outcomes(made)) == ("refused", reason, steps)
    assert made.expected
    assert made.received
    assert made.session_ends_at is None
    assert (made.items.certificates, made.items.payment) == ((), None)
    assert house.ask(balance_fen, f"per_{person}") == before
    assert house.ask(summary).payments == 0
    assert [action for action, _ in log_of(house, person)][-1] == "code.refused"
    assert house.ask(scan_by_id, "example.fuzhou.clinic", made.id).reason == reason


def test_a_code_stays_spent_when_the_balance_is_too_low(house) -> None:
    code = house.show("wu").text
    house.scan(code, FARE)
    again = house.scan(code, FARE | {"amount_fen": 0, "reason": "免费"})
    assert (again.reason, outcomes(again)) == ("already_used", "ooorsss")


def test_a_frozen_code_is_refused(house) -> None:
    code = house.show().text
    with house.db.write() as conn:
        freeze(conn, house.now, "per_lin", "holder")
    assert house.scan(code, FARE).reason == "account_frozen"


@pytest.mark.parametrize(
    ("scope", "items"),
    [(CodeScope.CERTIFICATES, [FARE]), (CodeScope.PAY, [SENIOR]), (CodeScope.TRANSIT, [INSURED, FARE])],
)
def test_a_code_without_the_wanted_bit_is_refused(house, scope, items) -> None:
    made = house.scan(house.show(scope=scope).text, *items, terminal=DESK)
    assert (made.reason, outcomes(made)) == ("wrong_scope", "oooorss")


@pytest.mark.parametrize(
    ("text", "reason", "steps"),
    [("", "not_a_code", "rssssss"), ("hello", "not_a_code", "rssssss"), ("7" * 18, "not_a_code", "rssssss")],
)
def test_a_text_that_is_no_code_is_stored_without_a_person(house, text, reason, steps) -> None:
    made = house.scan(text, FARE)
    assert (made.person_id, made.reason, outcomes(made)) == (None, reason, steps)
    assert house.ask(scan_by_id, made.app_id, made.id) == made


def test_an_altered_code_and_an_expired_one_name_the_step(house, clock) -> None:
    text = house.show().text
    flipped = text[:-1] + ("0" if text[-1] != "0" else "1")
    made = house.scan(flipped, FARE)
    assert made.reason in ("bad_signature", "not_a_code")
    clock.advance(60)
    house.now = clock.now()
    late = house.scan(text, FARE)
    assert (late.reason, outcomes(late)) == ("expired", "oorssss")


def test_a_failure_midway_writes_nothing(house, monkeypatch) -> None:
    code = house.show().text

    def fail(*_: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr("minzhengtong.scans.scan.save_scan", fail)
    with pytest.raises(RuntimeError):
        house.scan(code, FARE)
    monkeypatch.undo()
    assert house.ask(lambda conn: conn.execute(select(func.count()).select_from(payment)).scalar()) == 0
    assert house.ask(balance_fen, "per_lin") == 50000
    assert house.scan(code, FARE).verdict == "pass"
