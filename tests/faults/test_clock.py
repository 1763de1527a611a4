"""The clock steps an hour ahead or back: what was issued before it, what comes after it, and the money."""

import time

import pytest

from minzhengtong.base.clock import FrozenClock
from minzhengtong.events import outbox
from minzhengtong.payments.summary import summary
from minzhengtong.run.app import create_delivery
from minzhengtong.runtime import Runtime
from tests.web.api.test_scans import problem
from tests.world.facts import FARE, PLATFORM, TRANSIT
from tests.world.world import World

HOUR = 3600


@pytest.fixture
def house(runtime: Runtime) -> World:
    return World.of(runtime)


@pytest.mark.parametrize(("step", "reason"), [(HOUR, "expired"), (-HOUR, "not_yet_valid")])
def test_a_code_of_before_is_refused_and_the_next_one_passes(house, clock, step, reason) -> None:
    spent, unspent = house.show().text, house.show().text
    paid = house.terminal().scan(spent, FARE, key="before")
    assert paid.json["verdict"] == "pass"
    clock.advance(step)
    gate = house.terminal()
    assert gate.scan(unspent, FARE).json["reason"] == reason
    assert gate.scan(house.show().text, FARE).json["verdict"] == "pass"
    assert gate.scan(spent, FARE, key="before").data == paid.data
    with house.runtime.db.read() as conn:
        proof = summary(conn)
    assert (proof.payments, proof.sum_fen, proof.faults) == (2, 0, ())


@pytest.mark.parametrize(("step", "reason"), [(HOUR, "expired"), (-HOUR, "not_yet_valid")])
def test_digits_of_before_are_refused_like_the_picture(house, clock, step, reason) -> None:
    digits = house.show().digits
    clock.advance(step)
    assert house.terminal().scan(digits, FARE).json["reason"] == reason
    assert house.terminal().scan(house.show().digits, FARE).json["verdict"] == "pass"


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_a_scan_that_was_open_is_closed(house, clock, step) -> None:
    made = house.terminal().scan(house.show().text).json
    clock.advance(step)
    price = {"amount_fen": 200, "subject": "1 路公交"}
    refused = house.terminal().post(f"/api/v1/scans/{made['id']}/payments", price)
    assert problem(refused) == (409, "session_closed")


def test_the_cookies_own_time_logs_nobody_out(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cookie is signed with the machine's time, which the test moves, not with the platform's clock."""
    world = World.of(runtime)
    with monkeypatch.context() as ahead:
        real = time.time
        ahead.setattr(time, "time", lambda: real() + HOUR)
        lin = world.person("lin")
    assert lin.look(PLATFORM + "/me").status_code == 200
    assert lin.submit("/logout").status_code == 200
    assert lin.look(PLATFORM + "/me").status_code == 302


def test_tokens_end_when_the_clock_says_so(house, clock) -> None:
    gate = house.terminal()
    clock.advance(HOUR)
    assert problem(gate.scan(house.show().text, FARE)) == (401, "token_invalid")
    clock.advance(-2 * HOUR)
    assert gate.scan(house.show().text, FARE).json["verdict"] == "pass"


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_people_stay_logged_in_and_apps_let_them_in(runtime: Runtime, clock: FrozenClock, step: int) -> None:
    world = World.open(runtime)
    lin = world.person("lin")
    lin.open_app(TRANSIT + "/")
    clock.advance(step)
    assert lin.get(PLATFORM + "/me").status_code == 200
    assert "林晓闽，您好" in lin.open_app(TRANSIT + "/").text
    chen = world.person("chen")
    assert "您好" in chen.open_app(TRANSIT + "/").text


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_a_wrong_password_stays_counted(runtime: Runtime, clock: FrozenClock, step: int) -> None:
    """Back: the guesser waits the longer. Ahead: the five minutes are over, the day is not."""
    browser = World.open(runtime).browser()
    guess = {"phone": "10000000001", "password": "wrong"}
    browser.get(PLATFORM + "/login")
    said = [browser.submit("/login", **guess).status_code for _ in range(6)]
    assert said == [422] * 5 + [429]
    clock.advance(step)
    assert browser.submit("/login", **guess).status_code == (422 if step > 0 else 429)


def test_after_a_step_back_waiting_events_wait_that_hour_and_new_ones_do_not(
    runtime: Runtime, clock: FrozenClock
) -> None:
    def log_somebody_out() -> None:
        with runtime.db.write() as conn:
            outbox.put(conn, clock.now(), "logout", "example.fuzhou.transit", {"sub": "s", "sid": "x"})

    deliver, _ = create_delivery(runtime)
    log_somebody_out()
    clock.advance(-HOUR)
    assert deliver() == 0
    log_somebody_out()
    assert deliver() == 1
    clock.advance(HOUR - 1)
    assert deliver() == 0
    clock.advance(1)
    assert deliver() == 1


def test_after_a_step_back_the_code_page_shows_the_next_scan_at_once(
    runtime: Runtime, clock: FrozenClock
) -> None:
    house = World.of(runtime)
    lin = house.person("lin")

    def mark_after_a_scan() -> str:
        assert house.scan(lin.shown_code(), FARE).verdict == "pass"
        return lin.get("/code/status").text

    before = mark_after_a_scan()
    clock.advance(-HOUR)
    assert mark_after_a_scan() != before
