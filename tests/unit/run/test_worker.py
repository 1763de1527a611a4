"""The worker deletes each kind of row after its time, in small batches."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Table, func, select

from minzhengtong.audit.log import record_entry
from minzhengtong.audit.seal import is_all_sealed
from minzhengtong.base.clock import FrozenClock
from minzhengtong.codes.cose import CodeScope
from minzhengtong.codes.issue import issue_code
from minzhengtong.codes.models import issued_code
from minzhengtong.db.columns import metadata
from minzhengtong.events import outbox
from minzhengtong.events.models import outbox_event
from minzhengtong.idempotency import answers as idempotency
from minzhengtong.idempotency.answers import Answer
from minzhengtong.identity.devices import LIFE, remember_device
from minzhengtong.identity.models import login_failure
from minzhengtong.identity.people import person_by_id
from minzhengtong.identity.sessions import start_session
from minzhengtong.keys.keyring import Keys
from minzhengtong.oidc import codes, interactions
from minzhengtong.oidc.authorization import AuthorizationRequest
from minzhengtong.oidc.clients import client_by_id
from minzhengtong.oidc.interactions import Limits, Sender
from minzhengtong.oidc.tokens import issue_token
from minzhengtong.run import worker
from minzhengtong.runtime import Runtime
from tests.engines.statements import COMMIT, watched

pytestmark = pytest.mark.engines("sqlite", "postgresql")

DAY = 86_400
TRANSIT = "example.fuzhou.transit"
LIVES = {
    "interaction": 600,
    "authorization_code": 60 + DAY,
    "access_token": 900 + DAY,
    "issued_code": 60 + DAY,
    "idempotency_record": DAY,
    "login_failure": DAY,
    "login_device": int(LIFE.total_seconds()),
    "login_session": DAY // 2 + 2 * DAY,
    "client_session": DAY // 2 + 2 * DAY,
    "outbox_event": 30 * DAY,
}
"""Seconds from being written until the sweep may take a row."""


def _begin(conn: Connection, now: datetime, _: Keys) -> None:
    interactions.begin(conn, now, _asked(conn), Sender("hers", "127.0.0.1"), Limits(9, 9))


def _authorize(conn: Connection, now: datetime, _: Keys) -> None:
    session = start_session(conn, now, person_by_id(conn, "per_lin"), ("demo",))[1]
    codes.issue_code(conn, now, _asked(conn), session)


def _log_in(conn: Connection, now: datetime, _: Keys) -> None:
    start_session(conn, now, person_by_id(conn, "per_lin"), ("demo",))


def _deliver(conn: Connection, now: datetime, _: Keys) -> None:
    outbox.put(conn, now, "logout", TRANSIT, {})
    event = outbox.claim(conn, now)
    assert event
    outbox.delivered(conn, event.id, now)


def _asked(conn: Connection) -> AuthorizationRequest:
    client = client_by_id(conn, TRANSIT)
    assert client
    return AuthorizationRequest(client, {}, "http://x", ("openid",))


def _show(conn: Connection, now: datetime, keys: Keys) -> None:
    issue_code(conn, now, keys, "per_lin", "350100", CodeScope.PAY)


def _answer(conn: Connection, now: datetime, _: Keys) -> None:
    idempotency.keep(conn, now, TRANSIT, "key-1", request_digest="d", answer=Answer(201, "{}"))


def _fail(conn: Connection, now: datetime, _: Keys) -> None:
    row = {"subject": "address 127.0.0.1", "span_seconds": DAY, "since": now, "failures": 1}
    conn.execute(login_failure.insert(), {**row, "expires_at": now + timedelta(days=1)})


WRITERS: dict[str, Callable[[Connection, datetime, Keys], object]] = {
    "interaction": _begin,
    "authorization_code": _authorize,
    "access_token": lambda conn, now, _: issue_token(conn, now, TRANSIT, "pay.collect"),
    "issued_code": _show,
    "idempotency_record": _answer,
    "login_failure": _fail,
    "login_device": lambda conn, now, _: remember_device(conn, now, "per_lin", "a secret"),
    "login_session": _log_in,
    "client_session": _authorize,
    "outbox_event": _deliver,
}


def write(runtime: Runtime, table: str, count: int = 1) -> None:
    with runtime.db.write() as conn:
        for _ in range(count):
            WRITERS[table](conn, runtime.clock.now(), runtime.keyring.current(conn))


def rows(runtime: Runtime, table: Table) -> int:
    with runtime.db.read() as conn:
        return conn.execute(select(func.count()).select_from(table)).scalar_one()


def test_every_swept_table_is_tested_here() -> None:
    assert {rule.swept.name for rule in worker.swept()} == LIVES.keys() == WRITERS.keys()


@pytest.mark.parametrize("table", LIVES)
def test_a_row_is_deleted_after_its_time_and_not_before(
    runtime: Runtime, clock: FrozenClock, table: str
) -> None:
    write(runtime, table)
    clock.advance(LIVES[table])
    worker.sweep(runtime)
    assert rows(runtime, metadata.tables[table]) == 1
    clock.advance(1)
    assert worker.sweep(runtime) > 0
    assert rows(runtime, metadata.tables[table]) == 0


def test_a_sweep_deletes_one_batch_per_transaction(
    runtime: Runtime, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "SWEEP_BATCH", 2)
    write(runtime, "issued_code", 5)
    clock.advance(LIVES["issued_code"] + 1)
    write(runtime, "issued_code")
    with watched(runtime.db) as statements:
        assert worker.sweep(runtime) == 5
    assert statements.count("DELETE issued_code") == statements.count(COMMIT) - len(LIVES) + 1 == 3
    assert rows(runtime, issued_code) == 1


def test_all_that_belongs_to_an_old_session_is_deleted_in_one_sweep(
    runtime: Runtime, clock: FrozenClock
) -> None:
    write(runtime, "authorization_code", 3)
    clock.advance(30 * DAY)  # as after a month without a worker
    assert worker.sweep(runtime) == 9


def test_an_event_that_still_waits_is_kept(runtime: Runtime, clock: FrozenClock) -> None:
    with runtime.db.write() as conn:
        outbox.put(conn, clock.now(), "logout", TRANSIT, {})
    clock.advance(60 * DAY)
    worker.sweep(runtime)
    assert rows(runtime, outbox_event) == 1


def test_a_failed_job_does_not_stop_the_others(
    runtime: Runtime, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(worker, "PAUSE_SECONDS", 0.0)
    write(runtime, "issued_code")
    with runtime.db.write() as conn:
        record_entry(conn, clock.now(), "thing.done", actor="system")
    clock.advance(2 * DAY)
    rounds: list[str] = []

    def deliver_due() -> int:
        rounds.append("begun")
        raise LookupError("a mistake of ours")

    worker.work(runtime, deliver_due, lambda: len(rounds) == 2)
    with runtime.db.read() as conn:
        assert is_all_sealed(conn)
    assert rows(runtime, issued_code) == 0
    assert "a mistake of ours" in caplog.text
