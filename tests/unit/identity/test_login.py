"""Logging in by password: equal answers for every failure, and limits on failures."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from sqlalchemy import func, select

from minzhengtong.audit.models import audit_entry
from minzhengtong.base.clock import FrozenClock
from minzhengtong.base.errors import TooMany
from minzhengtong.db.database import Database
from minzhengtong.demo.login import log_in_as_persona
from minzhengtong.identity import login
from minzhengtong.identity.devices import LIFE, remember_device
from minzhengtong.identity.guessing import Attempt, failures_of, note_failure, refuse_guessing
from minzhengtong.identity.login import LoginFailed, log_in
from minzhengtong.identity.models import login_failure
from minzhengtong.identity.passwords import password_matches
from minzhengtong.identity.people import Person
from minzhengtong.runtime import Runtime

both = pytest.mark.engines("sqlite", "postgresql")
"""Failures are counted by the database, in one statement of each engine."""

LIN, NOBODY, PASSWORD = "10000000001", "10000000999", "minzhengtong-demo"
HOME = "127.0.0.1"
LINS = Attempt("per_lin", "per_lin", None, HOME)
NOBODYS = Attempt("unknown 1234", None, None, HOME)


def enter(
    runtime: Runtime, phone: str = LIN, password: str = PASSWORD, *, device: str = "", address: str = HOME
) -> Person:
    return log_in(runtime, phone, password, device=device, address=address)


def rows(db: Database) -> int:
    with db.read() as conn:
        return conn.execute(select(func.count()).select_from(login_failure)).scalar_one()


def failures(db: Database) -> int:
    """How many failed lately from this address."""
    with db.read() as conn:
        at_home = (login_failure.c.subject == f"address {HOME}", login_failure.c.span_seconds == 300)
        return conn.execute(select(login_failure.c.failures).where(*at_home)).scalar() or 0


def fail(runtime: Runtime, attempt: Attempt, times: int) -> None:
    for _ in range(times):
        with runtime.db.write() as conn:
            note_failure(conn, runtime.clock.now(), attempt)


def wait_of(runtime: Runtime, attempt: Attempt) -> int:
    try:
        with runtime.db.read() as conn:
            refuse_guessing(conn, runtime.clock.now(), attempt)
    except TooMany as refused:
        return refused.retry_after_seconds
    return 0


@both
def test_phone_and_password_log_in(runtime: Runtime) -> None:
    assert enter(runtime).name == "林晓闽"
    assert failures(runtime.db) == 0


WRITTEN = [
    "100 0000 0001",
    "100-0000-0001",
    "+8610000000001",
    "+86 (100) 0000 0001",
    "0086 10000000001",
    "8610000000001",
    "１００００００００01",
    "＋８６　100０００00001",
    "\u202d10000000001\u202c",
    "\ufeff1000\u200b0000\xad001",
    "\t10000000001\r\n",
]


def test_a_phone_logs_in_however_it_is_written(runtime: Runtime) -> None:
    for phone in WRITTEN:
        assert enter(runtime, phone).name == "林晓闽", phone


@both
def test_all_spellings_share_one_limit(runtime: Runtime) -> None:
    for phone in ("10000000999", "100 0000 0999", "+8610000000999", "0086 10000000999", "１００００００0999"):
        with pytest.raises(LoginFailed):
            enter(runtime, phone)
    with pytest.raises(TooMany):
        enter(runtime, NOBODY)


@pytest.mark.parametrize(
    ("phone", "password"),
    [
        (LIN, "x"),
        (LIN, ""),
        (NOBODY, PASSWORD),
        ("", PASSWORD),
        ("\0", "\ud800"),
        ("１" * 11, PASSWORD),
        ("+1 0000000001", PASSWORD),
        ("0010000000001", PASSWORD),
        ("1000000000", PASSWORD),
        ("+" + LIN, PASSWORD),
    ],
)
def test_the_error_does_not_say_which_half_was_wrong(runtime: Runtime, phone: str, password: str) -> None:
    with pytest.raises(LoginFailed) as refused:
        enter(runtime, phone, password)
    assert refused.value.args == LoginFailed("a phone number and its password").args
    assert failures(runtime.db) == 1


def test_both_halves_take_the_same_time(runtime: Runtime) -> None:
    def cost(phone: str) -> float:
        before = time.process_time()
        with pytest.raises(LoginFailed):
            enter(runtime, phone, "wrong")
        return time.process_time() - before

    pairs = [(cost(LIN), cost(NOBODY)) for _ in range(5)]
    known, unknown = min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)
    assert abs(known - unknown) < 0.5 * known, f"{known:.4f} s of processor, {unknown:.4f} s"


@both
@pytest.mark.parametrize("phone", [LIN, NOBODY])
def test_after_five_failures_an_unknown_device_is_refused_with_the_right_password_too(
    runtime: Runtime, clock: FrozenClock, phone: str
) -> None:
    for _ in range(5):
        with pytest.raises(LoginFailed):
            enter(runtime, phone, "x")
        clock.advance(10)
    for address in (HOME, "127.0.0.2"):
        with pytest.raises(TooMany) as refused:
            enter(runtime, phone, address=address)
        assert refused.value.retry_after_seconds == 250
    clock.advance(249)
    with pytest.raises(TooMany) as refused:
        enter(runtime, phone)
    assert refused.value.retry_after_seconds == 1
    clock.advance(1)
    with pytest.raises(LoginFailed):
        enter(runtime, phone, "x")
    assert enter(runtime, "10000000002")


@both
def test_after_a_hundred_failures_every_attempt_waits_for_the_next_day(
    runtime: Runtime, clock: FrozenClock
) -> None:
    for _ in range(20):
        fail(runtime, LINS, 5)
        clock.advance(300)
    assert wait_of(runtime, LINS) == 86_400 - 20 * 300
    clock.advance(86_400 - 20 * 300)
    assert wait_of(runtime, LINS) == 0
    fail(runtime, LINS, 1)
    with runtime.db.read() as conn:
        assert failures_of(conn, "per_lin") == (clock.now(), 1)


@both
def test_a_device_that_logged_in_before_is_let_in_whatever_others_do(
    runtime: Runtime, clock: FrozenClock
) -> None:
    with runtime.db.write() as conn:
        remember_device(conn, clock.now(), "per_lin", "her phone")
    fail(runtime, LINS, 5)
    for number in range(95):
        fail(runtime, replace(NOBODYS, account=f"unknown {number}"), 1)
    for device in ("", "his phone"):
        with pytest.raises(TooMany):
            enter(runtime, device=device)
    for _ in range(20):
        assert enter(runtime, device="her phone")
    with pytest.raises(TooMany):
        enter(runtime, "10000000002", device="her phone")
    for _ in range(5):
        with pytest.raises(LoginFailed):
            enter(runtime, password="x", device="her phone")
    with pytest.raises(TooMany):
        enter(runtime, device="her phone")
    clock.advance(LIFE.total_seconds())
    fail(runtime, LINS, 5)
    with pytest.raises(TooMany):
        enter(runtime, device="her phone")


@both
def test_one_address_is_limited_over_all_accounts(runtime: Runtime, clock: FrozenClock) -> None:
    for number in range(100):
        fail(runtime, replace(NOBODYS, account=f"unknown {number}"), 1)
    with pytest.raises(TooMany) as refused:
        enter(runtime)
    assert refused.value.retry_after_seconds == 300
    assert enter(runtime, address="127.0.0.2")
    clock.advance(300)
    assert enter(runtime)


def test_failures_are_counted_across_a_restart(runtime: Runtime) -> None:
    fail(runtime, LINS, 5)
    restarted = Database(runtime.db.engine.url.render_as_string(hide_password=False))
    assert wait_of(replace(runtime, db=restarted), LINS) == 300
    restarted.dispose()


@both
def test_many_guesses_at_once_learn_no_more_than_five(runtime: Runtime) -> None:
    def guess(number: int) -> bool:
        try:
            enter(runtime, password=f"guess-{number}")
        except LoginFailed:
            return True
        except TooMany:
            return False
        raise AssertionError

    with ThreadPoolExecutor(12) as pool:
        learnt = sum(pool.map(guess, range(24)))
    assert 1 <= learnt == failures(runtime.db) <= 5


@both
@pytest.mark.parametrize("attempt", [LINS, NOBODYS])
def test_only_one_of_many_simultaneous_attempts_gets_the_last_try(runtime: Runtime, attempt: Attempt) -> None:
    fail(runtime, attempt, 4)
    start = Barrier(8)

    def fail_once(_: int) -> bool:
        start.wait()
        try:
            fail(runtime, attempt, 1)
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
        fail(runtime, LINS, 5)
        return password_matches(password_hash, text)

    monkeypatch.setattr(login, "password_matches", slow)
    with pytest.raises(TooMany):
        enter(runtime)


@both
def test_a_failed_login_is_a_count_and_no_row_of_its_own(runtime: Runtime, clock: FrozenClock) -> None:
    log = select(func.count()).select_from(audit_entry)
    with runtime.db.read() as conn:
        before = conn.execute(log).scalar_one()
    for phone in (LIN, NOBODY):
        for _ in range(4):
            with pytest.raises(LoginFailed):
                enter(runtime, phone, "hunter2")
    with runtime.db.read() as conn:
        assert failures_of(conn, "per_lin") == (clock.now(), 4)
        assert conn.execute(log).scalar_one() == before
        kept = str(conn.execute(select(login_failure)).all())
    assert rows(runtime.db) == 6  # two limits each for two accounts and an address
    assert not any(secret in kept for secret in ("hunter2", LIN, NOBODY))


def test_one_click_logs_a_persona_in_only_in_the_demo(runtime: Runtime) -> None:
    public = runtime.settings.model_copy(update={"demo": False})
    with runtime.db.read() as conn:
        assert log_in_as_persona(conn, runtime.settings, "qiu").roles == {"tester"}
        for settings, key in ((public, "qiu"), (runtime.settings, "nobody"), (runtime.settings, "bao")):
            with pytest.raises(LoginFailed):
                log_in_as_persona(conn, settings, key)
