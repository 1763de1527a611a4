"""Events are taken by one deliverer at a time, and tried again until they arrive or are given up."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from minzhengtong.core import outbox
from minzhengtong.core.clock import FrozenClock
from minzhengtong.core.db import Database


def put(db: Database, clock: FrozenClock, count: int) -> None:
    with db.transaction() as conn:
        for number in range(count):
            outbox.put(conn, clock.now(), "logout", "example.clinic", {"number": number})


def claim(db: Database, clock: FrozenClock) -> str | None:
    with db.transaction() as conn:
        event = outbox.claim(conn, clock.now())
        return event and event.id


def test_a_claimed_event_is_nobody_elses_until_its_lease_ends(db: Database, clock: FrozenClock) -> None:
    put(db, clock, 1)
    first = claim(db, clock)
    assert first
    assert claim(db, clock) is None
    clock.advance(outbox.LEASE_SECONDS)
    assert claim(db, clock) == first


def test_two_deliverers_never_take_the_same_event(db: Database, clock: FrozenClock) -> None:
    put(db, clock, 20)
    start = Barrier(2)

    def deliver_all() -> list[str]:
        start.wait()
        taken = []
        while event_id := claim(db, clock):
            taken.append(event_id)
        return taken

    with ThreadPoolExecutor(2) as pool:
        takers = [pool.submit(deliver_all) for _ in range(2)]
    taken = [event_id for taker in takers for event_id in taker.result()]
    assert len(taken) == len(set(taken)) == 20


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_a_deliverer_is_not_held_up_by_another(db: Database, clock: FrozenClock) -> None:
    put(db, clock, 2)
    with db.transaction() as conn, ThreadPoolExecutor(1) as other:
        mine = outbox.claim(conn, clock.now())
        theirs = other.submit(claim, db, clock).result(timeout=4)
    assert mine
    assert theirs
    assert mine.id != theirs


def test_a_delivered_event_rests(db: Database, clock: FrozenClock) -> None:
    put(db, clock, 1)
    event_id, arrived = claim(db, clock), clock.now()
    assert event_id
    with db.transaction() as conn:
        outbox.delivered(conn, event_id, arrived)
    clock.advance(100_000)
    assert claim(db, clock) is None
    with db.reading() as conn:
        row = conn.execute(select(outbox.outbox_event)).one()
    assert row.delivered_at == arrived
    assert row.payload == {"number": 0}


def test_failures_are_retried_ever_later_and_then_given_up(db: Database, clock: FrozenClock) -> None:
    put(db, clock, 1)
    for wait in (*outbox.RETRY_SECONDS, None):
        with db.transaction() as conn:
            event = outbox.claim(conn, clock.now())
            assert event
            outbox.failed(conn, event, clock.now(), "connection refused " * 100)
        clock.advance((wait or 1_000_000) - 1)
        assert claim(db, clock) is None
        clock.advance(1)
    with db.reading() as conn:
        row = conn.execute(select(outbox.outbox_event)).one()
    assert (row.attempts, row.due_at, row.delivered_at) == (6, None, None)
    assert row.last_error.startswith("connection refused")
    assert len(row.last_error) == 500


def test_an_event_of_a_transaction_that_fails_was_never_there(db: Database, clock: FrozenClock) -> None:
    def log_out_badly() -> None:
        with db.transaction() as conn:
            outbox.put(conn, clock.now(), "logout", "example.clinic", {})
            raise LookupError

    with pytest.raises(LookupError):
        log_out_badly()
    assert claim(db, clock) is None
