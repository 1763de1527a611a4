"""The worker's sweep: what has expired goes, in batches; what is still worth something stays."""

import pytest
from sqlalchemy import func, select

from minzhengtong import worker
from minzhengtong.codes.cose import CodeScope
from minzhengtong.codes.issue import issue_code
from minzhengtong.codes.models import issued_code
from minzhengtong.core import idempotency, outbox
from minzhengtong.core.clock import FrozenClock
from minzhengtong.core.idempotency import Answer
from minzhengtong.core.runtime import Runtime
from minzhengtong.oidc.models import access_token
from minzhengtong.oidc.tokens import issue_token

DAY = 86_400


def _codes(runtime: Runtime) -> int:
    with runtime.db.reading() as conn:
        return conn.execute(select(func.count()).select_from(issued_code)).scalar_one()


def _issue(runtime: Runtime, count: int) -> None:
    with runtime.db.transaction() as conn:
        keys = runtime.keyring.current(conn)
        for _ in range(count):
            issue_code(conn, runtime.clock.now(), keys, "per_lin", "350100", CodeScope.PAY)


def test_only_codes_dead_for_a_day_go(
    runtime: Runtime, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "SWEEP_BATCH", 2)  # so that five codes take three batches
    _issue(runtime, 5)
    clock.advance(DAY)
    _issue(runtime, 1)
    assert worker.sweep(runtime) == 0
    clock.advance(120)
    assert worker.sweep(runtime) == 5
    assert _codes(runtime) == 1


def test_tokens_and_kept_answers_go_in_their_time(runtime: Runtime, clock: FrozenClock) -> None:
    with runtime.db.transaction() as conn:
        now = clock.now()
        issue_token(conn, now, "example.fuzhou.transit", "pay.collect")
        facts = ("example.fuzhou.transit", "key-1")
        idempotency.keep(conn, now, *facts, request_digest="d", answer=Answer(201, "{}"))
        outbox.put(conn, now, "logout", "example.fuzhou.transit", {})
    clock.advance(DAY)
    assert worker.sweep(runtime) == 0
    with runtime.db.reading() as conn:
        assert idempotency.find(conn, *facts, "d") is not None
    clock.advance(1)
    assert worker.sweep(runtime) == 1
    with runtime.db.reading() as conn:
        assert idempotency.find(conn, *facts, "d") is None
        assert conn.execute(select(access_token)).first() is not None
    clock.advance(DAY)
    assert worker.sweep(runtime) == 1
    with runtime.db.reading() as conn:
        assert conn.execute(select(access_token)).first() is None
        assert conn.execute(select(outbox.outbox_event)).first() is not None
