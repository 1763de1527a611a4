"""Scans over the API: passes, refusals, sessions, and who may make them."""

import json
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from minzhengtong.audit.log import entries_of_person
from minzhengtong.oidc.tokens import issue_token
from minzhengtong.payments.ledger import balance_fen
from minzhengtong.payments.summary import summary
from minzhengtong.scans.models import scan
from tests.engines.statements import COMMIT, watched
from tests.world.caller import Caller
from tests.world.facts import DESK, FARE, GATE, INSURED, SENIOR

pytestmark = pytest.mark.engines("sqlite", "postgresql")


def scans_kept(house) -> int:
    return int(house.ask(lambda conn: conn.execute(select(func.count()).select_from(scan)).scalar()))


def problem(answer) -> tuple[int, str]:
    assert answer.mimetype == "application/problem+json", answer.text
    said = answer.json
    assert said["status"] == answer.status_code
    assert said["title"]
    assert said["type"]
    return answer.status_code, said["code"]


def test_a_fare_passes_with_a_receipt(house, gate) -> None:
    answer = gate.scan(house.show().text, FARE)
    assert answer.status_code == 201
    said = answer.json
    assert (said["verdict"], said["reason"], said["terminal_id"]) == ("pass", None, GATE)
    assert said["payment"].items() >= {"amount_fen": 200, "subject": "1 路公交", "reason": None}.items()
    assert [step["outcome"] for step in said["steps"]] == ["ok"] * 5 + ["skipped", "ok"]
    assert house.ask(balance_fen, "per_lin") == 49800
    again = gate.get(f"/api/v1/scans/{said['id']}")
    assert (again.status_code, again.json) == (200, said)


def test_without_wants_the_terminal_asks_for_what_its_manifest_says(house, gate) -> None:
    said = gate.post("/api/v1/scans", {"code": house.show("chen").digits, "terminal_id": GATE}).json
    assert (said["verdict"], said["predicates"]) == ("pass", [{"type": "senior-card", "answer": True}])
    assert said["certificates"] == []


def test_apps_know_a_person_by_different_handles(house, gate, desk) -> None:
    first, second = (gate.scan(house.show().text).json["person"] for _ in range(2))
    other = desk.scan(house.show().text, at=DESK).json["person"]
    assert first == second != other
    assert "lin" not in first["handle"]


def test_prove_then_pay_in_one_scan(house, desk) -> None:
    made = desk.scan(house.show().text, INSURED, at=DESK).json
    assert made["certificates"][0]["claims"] == {"name": "林晓闽", "insured_place": "福州市"}
    paid = desk.post(f"/api/v1/scans/{made['id']}/payments", {"amount_fen": 1000, "subject": "挂号费"})
    assert (paid.status_code, paid.json["payment"]["amount_fen"]) == (201, 1000)
    assert paid.json["certificates"][0]["claims"] is None
    twice = desk.post(f"/api/v1/scans/{made['id']}/payments", {"amount_fen": 1000, "subject": "挂号费"})
    assert problem(twice) == (409, "already_done")
    actions = [row.action for row in house.ask(entries_of_person, "per_lin")]
    assert actions == ["payment.made", "code.scanned", "certificate.shown"]


def test_a_certificate_or_a_yes_in_the_session(house, desk, gate) -> None:
    made = desk.scan(house.show().text, at=DESK).json
    path = f"/api/v1/scans/{made['id']}/certificates"
    shown = desk.post(path, {"type": "medical-insurance", "claims": ["insured_place"]}).json
    assert shown["certificates"][0]["claims"] == {"insured_place": "福州市"}
    asked = desk.post(path, {"type": "medical-insurance", "claims": []}).json
    assert asked["predicates"] == [{"type": "medical-insurance", "answer": True}]
    assert problem(desk.post(path, {"type": "senior-card", "claims": []})) == (403, "scope_not_granted")
    assert problem(gate.post(path, {"type": "senior-card", "claims": []})) == (404, "scan_unknown")


@pytest.mark.parametrize(
    ("person", "wants", "reason", "step"),
    [
        ("wu", [FARE], "insufficient_balance", "money"),
        ("he", [FARE], "account_frozen", "spend"),
        ("huang", [INSURED, FARE], "certificate_missing", "certificate"),
        ("zheng", [INSURED, FARE], "certificate_revoked", "certificate"),
    ],
)
def test_a_refusal_is_an_answer_and_commits(house, desk, person, wants, reason, step) -> None:
    code = house.show(person).text
    answer = desk.scan(code, *wants, at=DESK)
    said = answer.json
    assert (answer.status_code, said["verdict"], said["reason"]) == (201, "refused", reason)
    assert said["expected"]
    assert said["received"]
    refused = [one for one in said["steps"] if one["outcome"] == "refused"]
    assert [(one["step"], one["reason"]) for one in refused] == [(step, reason)]
    assert (said["person"], said["payment"], said["certificates"]) == (None, None, [])
    assert house.ask(summary).payments == 0
    assert scans_kept(house) == 1
    if reason != "account_frozen":
        assert desk.scan(code, at=DESK).json["reason"] == "already_used"


def test_a_refused_scan_has_no_session(house, desk) -> None:
    made = desk.scan("hello", at=DESK).json
    paid = desk.post(f"/api/v1/scans/{made['id']}/payments", {"amount_fen": 1, "subject": "挂号费"})
    assert problem(paid) == (409, "session_closed")


def test_the_session_ends(house, desk) -> None:
    made = desk.scan(house.show().text, at=DESK).json
    house.runtime.clock.advance(120)
    paid = desk.post(f"/api/v1/scans/{made['id']}/payments", {"amount_fen": 1, "subject": "挂号费"})
    assert problem(paid) == (409, "session_closed")


@pytest.mark.parametrize("terminal", ["no-such", DESK, "", "x" * 5000, "' OR 1=1 --", "终端"])
def test_a_terminal_that_is_not_the_apps_spends_nothing(house, gate, terminal) -> None:
    code = house.show().text
    assert problem(gate.scan(code, FARE, at=terminal)) == (404, "terminal_unknown")
    assert gate.scan(code, FARE).json["verdict"] == "pass"


@pytest.mark.parametrize(
    ("scopes", "wants"),
    [
        ("pay.collect", [FARE]),
        ("code.verify:clinic pay.collect", [FARE]),
        ("code.verify:transit", [FARE]),
        ("code.verify:transit pay.collect", [SENIOR]),
        ("code.verify:transit cert.verify:medical-insurance", [INSURED]),
    ],
)
def test_a_missing_scope_spends_nothing(house, gate, scopes, wants) -> None:
    code = house.show().text
    refused = house.terminal("transit", scopes).scan(code, *wants)
    assert problem(refused) == (403, "scope_not_granted")
    assert scans_kept(house) == 0
    assert gate.scan(code, FARE).json["verdict"] == "pass"


def test_claims_beyond_the_manifest_are_refused(house, desk) -> None:
    asked = INSURED | {"claims": ["number"]}
    assert problem(desk.scan(house.show().text, asked, at=DESK)) == (403, "scope_not_granted")


def test_only_an_apps_own_live_token_enters(house, gate) -> None:
    now = house.runtime.clock.now()
    scope = "code.verify:transit pay.collect bench.scan"
    with house.runtime.db.write() as conn:
        citizen = issue_token(conn, now, "example.fuzhou.transit", scope, person_id="per_lin")
    code = house.show().text
    assert problem(Caller(house.platform, citizen).scan(code, FARE)) == (403, "scope_not_granted")
    for token in ("", "unknown", "a b", "é", "x" * 600, citizen + ","):
        answer = Caller(house.platform, token).scan(code, FARE)
        assert problem(answer) == (401, "token_invalid"), token
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    for header in ("", "Basic eDp5", "Bearer"):
        answer = gate.call("GET", "/api/v1/payments", headers={"Authorization": header})
        assert answer.status_code == 401
    house.runtime.clock.advance(900)
    assert problem(gate.scan(code, FARE)) == (401, "token_invalid")


def test_an_app_reads_only_its_own_scans(house, gate, desk) -> None:
    made = gate.scan(house.show().text).json
    assert problem(desk.get(f"/api/v1/scans/{made['id']}")) == (404, "scan_unknown")
    for strange in ("nothing", "é", "scan_" + "0" * 24, "a" * 3000):
        assert problem(gate.get(f"/api/v1/scans/{strange}")) == (404, "scan_unknown")
    for unwritable in ("%00", "scan_%00"):  # no path of ours has control characters: no view is asked
        assert problem(gate.get(f"/api/v1/scans/{unwritable}")) == (404, "not_found")


def test_two_scanners_race_and_one_wins(house, gate) -> None:
    for _ in range(3):
        code, barrier = house.show(), Barrier(6)
        verdicts: list[str] = []

        def race(text: str, barrier=barrier, verdicts=verdicts) -> None:
            barrier.wait()
            verdicts.append(gate.scan(text, FARE).json["verdict"])

        threads = [Thread(target=race, args=(text,)) for text in [code.text, code.digits] * 3]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(verdicts) == ["pass"] + ["refused"] * 5
    assert house.ask(balance_fen, "per_lin") == 50000 - 3 * 200
    proof = house.ask(summary)
    assert (proof.payments, proof.sum_fen, proof.faults, proof.unpaid_payments) == (3, 0, (), 0)


def test_a_scan_with_payment_is_one_commit(house, gate) -> None:
    with watched(house.runtime.db) as statements:
        assert gate.scan(house.show().text, FARE).status_code == 201
    assert statements.count(COMMIT) == 2  # of showing the code, and of the scan


def test_no_value_of_a_claim_reaches_the_log_or_the_scan(house, desk) -> None:
    desk.scan(house.show().text, INSURED, at=DESK)
    rows = house.ask(lambda conn: conn.execute(select(scan)).all())
    assert "福州市" not in str(rows)
    assert "福州市" not in json.dumps([row.detail for row in house.ask(entries_of_person, "per_lin")])
