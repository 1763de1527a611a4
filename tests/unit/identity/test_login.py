"""Logging in by password: equal answers for every failure, and limits on failures."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select

from minzhengtong.audit.models import audit_entry
from minzhengtong.base.clock import FrozenClock
from minzhengtong.base.errors import TooMany
from minzhengtong.db.database import Database, assert_no_transaction
from minzhengtong.demo.login import log_in_as_persona
from minzhengtong.identity import login
from minzhengtong.identity.guessing import note_failure, refuse_guessing
from minzhengtong.identity.login import LoginFailed, log_in
from minzhengtong.identity.models import login_failure
from minzhengtong.identity.passwords import password_matches
from minzhengtong.runtime import Runtime

pytestmark = pytest.mark.engines("sqlite", "postgresql")

LIN, NOBODY, PASSWORD = "10000000001", "10000000999", "minzhengtong-demo"


def failures(db: Database) -> int:
    with db.read() as conn:
        return conn.execute(select(func.count()).select_from(login_failure)).scalar_one()


def fail(runtime: Runtime, phone: str, times: int) -> None:
    for _ in range(times):
        with runtime.db.write() as conn:
            note_failure(conn, runtime.clock.now(), phone)


def wait_of(runtime: Runtime, phone: str) -> int:
    try:
        with runtime.db.read() as conn:
            refuse_guessing(conn, runtime.clock.now(), phone)
    except TooMany as refused:
        return refused.retry_after_seconds
    return 0


def test_phone_and_password_log_in(runtime: Runtime) -> None:
    assert log_in(runtime, LIN, PASSWORD).name == "林晓闽"
    assert failures(runtime.db) == 0


@pytest.mark.parametrize(
    ("phone", "password"),
    [(LIN, "x"), (LIN, ""), (NOBODY, PASSWORD), ("", PASSWORD), ("\0", "\ud800"), ("１" * 11, PASSWORD)],
)
def test_the_error_does_not_say_which_half_was_wrong(runtime: Runtime, phone: str, password: str) -> None:
    with pytest.raises(LoginFailed) as refused:
        log_in(runtime, phone, password)
    assert refused.value.args == LoginFailed("a phone number and its password").args
    assert failures(runtime.db) == 1


def test_both_halves_take_the_same_time(runtime: Runtime) -> None:
    def cost(phone: str) -> float:
        before = time.thread_time()
        with pytest.raises(LoginFailed):
            log_in(runtime, phone, "wrong")
        return time.thread_time() - before

    pairs = [(cost(LIN), cost(NOBODY)) for _ in range(5)]
    known, unknown = min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)
    assert abs(known - unknown) < 0.5 * known, f"{known:.4f} s of processor, {unknown:.4f} s"


def test_no_transaction_is_open_while_hashing(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    def watched(password_hash: str | None, text: str) -> bool:
        assert_no_transaction()
        return password_matches(password_hash, text)

    monkeypatch.setattr(login, "password_matches", watched)
    assert log_in(runtime, LIN, PASSWORD)
    with pytest.raises(LoginFailed):
        log_in(runtime, LIN, "x")


@pytest.mark.parametrize("phone", [LIN, NOBODY])
def test_after_five_failures_the_right_password_is_refused_too(
    runtime: Runtime, clock: FrozenClock, phone: str
) -> None:
    for _ in range(5):
        with pytest.raises(LoginFailed):
            log_in(runtime, phone, "x")
        clock.advance(10)
    with pytest.raises(TooMany) as refused:
        log_in(runtime, phone, PASSWORD)
    assert refused.value.retry_after_seconds == 250
    clock.advance(249)
    assert wait_of(runtime, phone) == 1
    clock.advance(1)
    assert wait_of(runtime, phone) == 0
    assert wait_of(runtime, "10000000002") == 0


def test_after_a_hundred_failures_every_attempt_waits_for_the_next_day(
    runtime: Runtime, clock: FrozenClock
) -> None:
    for _ in range(20):
        fail(runtime, LIN, 5)
        clock.advance(300)
    assert wait_of(runtime, LIN) == 86_400 - 20 * 300
    clock.advance(86_400 - 20 * 300)
    assert wait_of(runtime, LIN) == 0
    fail(runtime, LIN, 1)
    assert failures(runtime.db) == 96


def test_failures_are_counted_across_a_restart(runtime: Runtime) -> None:
    fail(runtime, LIN, 5)
    restarted = Database(runtime.db.engine.url.render_as_string(hide_password=False))
    assert wait_of(replace(runtime, db=restarted), LIN) == 300
    restarted.dispose()


def test_many_guesses_at_once_learn_no_more_than_five(runtime: Runtime) -> None:
    def guess(number: int) -> bool:
        try:
            log_in(runtime, LIN, f"guess-{number}")
        except LoginFailed:
            return True
        except TooMany:
            return False
        raise AssertionError

    with ThreadPoolExecutor(12) as pool:
        learnt = sum(pool.map(guess, range(24)))
    assert 1 <= learnt == failures(runtime.db) <= 5


@pytest.mark.parametrize("phone", [LIN, NOBODY])
def test_only_one_of_two_simultaneous_attempts_gets_the_last_try(runtime: Runtime, phone: str) -> None:
    fail(runtime, phone, 4)
    start = Barrier(8)

    def fail_once(_: int) -> bool:
        start.wait()
        try:
            fail(runtime, phone, 1)
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        counted = list(pool.map(fail_once, range(8)))
    assert counted.count(True) == 1
    assert failures(runtime.db) == 5


def test_a_right_password_is_refused_once_the_limit_is_reached(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(password_hash: str | None, text: str) -> bool:
        fail(runtime, LIN, 5)
        return password_matches(password_hash, text)

    monkeypatch.setattr(login, "password_matches", slow)
    with pytest.raises(TooMany):
        log_in(runtime, LIN, PASSWORD)


def test_a_failed_login_is_in_the_citizens_log(runtime: Runtime) -> None:
    for phone in (LIN, NOBODY):
        with pytest.raises(LoginFailed):
            log_in(runtime, phone, "hunter2")
    with runtime.db.read() as conn:
        entries = list(conn.execute(select(audit_entry)))
    assert [(entry.action, entry.person_id) for entry in entries] == [
        ("login.refused", "per_lin"),
        ("login.refused", None),
    ]
    assert not any("hunter2" in str(entry) or LIN in str(entry) for entry in entries)


def test_one_click_logs_a_persona_in_only_in_the_demo(runtime: Runtime) -> None:
    public = runtime.settings.model_copy(update={"demo": False})
    with runtime.db.read() as conn:
        assert log_in_as_persona(conn, runtime.settings, "qiu").roles == {"tester"}
        for settings, key in ((public, "qiu"), (runtime.settings, "nobody"), (runtime.settings, "bao")):
            with pytest.raises(LoginFailed):
                log_in_as_persona(conn, settings, key)


def test_failures_of_yesterday_do_not_count(runtime: Runtime, clock: FrozenClock) -> None:
    fail(runtime, LIN, 5)
    clock.advance(timedelta(days=1).total_seconds())
    fail(runtime, LIN, 1)
    assert failures(runtime.db) == 1
