"""The same key means the same call: done once, answered alike, after a restart too."""

from threading import Barrier, Thread

import pytest

from minzhengtong.payments.ledger import balance_fen
from minzhengtong.payments.summary import summary
from minzhengtong.run.worker import sweep
from minzhengtong.runtime import Runtime
from minzhengtong.wants.wants import Price
from minzhengtong.web.platform import create_platform
from tests.web.api.test_scans import problem, scans_kept
from tests.world.caller import Caller
from tests.world.facts import DESK, FARE, INSURED

pytestmark = pytest.mark.engines("sqlite", "postgresql")


def test_the_same_call_gets_the_first_answer(house, desk) -> None:
    code = house.show().text
    first = desk.scan(code, INSURED, FARE, at=DESK, key="once")
    again = desk.scan(code, INSURED, FARE, at=DESK, key="once")
    assert (again.status_code, again.data) == (201, first.data)
    assert house.ask(balance_fen, "per_lin") == 49800
    assert scans_kept(house) == 1


@pytest.mark.parametrize(("one", "other"), [("k", '"k"'), (r'"a\"b\\c"', r'a"b\c'), ("a b", '"a b"')])
def test_a_key_is_the_same_with_quotes_and_without(house, desk, one: str, other: str) -> None:
    code = house.show().text
    first = desk.scan(code, FARE, at=DESK, key=one)
    assert desk.scan(code, FARE, at=DESK, key=other).data == first.data
    assert scans_kept(house) == 1


def test_a_refusal_is_replayed_too(house, desk) -> None:
    code = house.show("wu").text
    first = desk.scan(code, FARE, at=DESK, key="once")
    assert desk.scan(code, FARE, at=DESK, key="once").data == first.data
    assert first.json["reason"] == "insufficient_balance"


def test_the_answer_outlives_the_process_and_the_code(house, desk) -> None:
    code = house.show().text
    first = desk.scan(code, FARE, at=DESK, key="once")
    house.runtime.db.dispose()
    house.runtime.clock.advance(600)
    restarted = Runtime.open(house.runtime.settings, house.runtime.clock)
    try:
        later = Caller(create_platform(restarted), desk.token).scan(code, FARE, at=DESK, key="once")
        assert later.data == first.data
    finally:
        restarted.db.dispose()


def test_an_expired_key_does_not_pay_twice(house, desk) -> None:
    code = house.show().text
    made = desk.scan(code, INSURED, at=DESK, key="scan").json
    path, fee = f"/api/v1/scans/{made['id']}/payments", {"amount_fen": 500, "subject": "挂号费"}
    assert desk.post(path, fee, key="fee").status_code == 201
    house.runtime.clock.advance(86_401)
    sweep(house.runtime)
    later = house.terminal("clinic")
    again = later.scan(code, INSURED, at=DESK, key="scan").json
    assert (again["verdict"], again["reason"]) == ("refused", "expired")
    assert problem(later.post(path, fee, key="fee"))[0] == 409
    assert house.ask(balance_fen, "per_lin") == 49500


@pytest.mark.parametrize(
    "other", [{"wants": [FARE]}, {"code": "hello"}, {"terminal_id": "another"}, {"wants": None}]
)
def test_another_body_under_the_key_is_refused(house, desk, other) -> None:
    body = {"code": house.show().text, "terminal_id": DESK, "wants": []}
    assert desk.post("/api/v1/scans", body, key="once").status_code == 201
    assert problem(desk.post("/api/v1/scans", body | other, key="once")) == (422, "idempotency_key_reused")
    assert scans_kept(house) == 1


def test_another_path_under_the_key_is_refused(house, desk) -> None:
    made = desk.scan(house.show().text, at=DESK, key="once").json
    paid = desk.post(f"/api/v1/scans/{made['id']}/payments", {"amount_fen": 1, "subject": "a"}, key="once")
    assert problem(paid) == (422, "idempotency_key_reused")


def test_the_same_body_in_another_spelling_is_the_same_request(house, desk) -> None:
    code = house.show().text
    first = desk.post("/api/v1/scans", {"code": code, "terminal_id": DESK, "wants": []}, key="once")
    spelled = f'{{"wants": [],\n "terminal_id": "{DESK}", "code": "{code}"}}'.encode()
    assert desk.post("/api/v1/scans", spelled, key="once").data == first.data


def test_a_call_without_english_texts_has_the_digest_of_older_versions() -> None:
    assert "_en" not in Price(amount_fen=1, subject="a").model_dump_json()


def test_two_apps_may_choose_the_same_key(house, desk, gate) -> None:
    assert desk.scan(house.show().text, at=DESK, key="1").status_code == 201
    assert gate.scan(house.show().text, key="1").status_code == 201
    assert scans_kept(house) == 2


def test_an_error_is_not_kept_under_the_key(house, gate) -> None:
    code = house.show().text
    assert problem(gate.scan(code, FARE, at="nowhere", key="once"))[0] == 404
    assert gate.scan(code, FARE, key="once").json["verdict"] == "pass"


@pytest.mark.parametrize(
    "path", ["/api/v1/scans", "/api/v1/scans/x/payments", "/api/v1/scans/x/certificates"]
)
def test_a_call_without_a_key_is_refused(house, gate, path) -> None:
    bodies = {
        "payments": {"amount_fen": 1, "subject": "a"},
        "certificates": {"type": "senior-card", "claims": []},
    }
    code = house.show().text
    body = bodies.get(path.rpartition("/")[2], {"code": code, "terminal_id": "fuzhou-bus-1-gate"})
    answer = gate.call("POST", path, json=body)
    assert problem(answer) == (400, "idempotency_key_missing")
    for key in ("", " ", "é", "x" * 256, "a\tb", '""', '" "'):
        answer = gate.call("POST", path, json=body, headers={"Idempotency-Key": key})
        assert problem(answer) == (400, "idempotency_key_malformed"), key
    assert gate.scan(code, FARE).json["verdict"] == "pass"


def test_concurrent_calls_under_one_key_are_done_once(house, desk) -> None:
    made = desk.scan(house.show().text, at=DESK).json
    code = house.show().text
    calls = [
        lambda: desk.scan(code, FARE, at=DESK, key="scan"),
        lambda: desk.post(
            f"/api/v1/scans/{made['id']}/payments", {"amount_fen": 5, "subject": "a"}, key="pay"
        ),
    ]
    for call in calls:
        barrier = Barrier(6)
        answers: list[tuple[int, bytes]] = []

        def race(call=call, barrier=barrier, answers=answers) -> None:
            barrier.wait()
            answer = call()
            answers.append((answer.status_code, answer.data))

        threads = [Thread(target=race) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(answers) == 6
        assert set(answers) == {answers[0]}
        assert answers[0][0] == 201
    assert house.ask(balance_fen, "per_lin") == 50000 - 200 - 5
    assert house.ask(summary).payments == 2
