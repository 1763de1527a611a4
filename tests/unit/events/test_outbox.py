"""Events are claimed by one deliverer at a time, and tried again until they arrive or are given up."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from sqlalchemy import select, update

from minzhengtong.base.clock import FrozenClock
from minzhengtong.db.database import Database
from minzhengtong.events import outbox
from minzhengtong.events.models import outbox_event

pytestmark = pytest.mark.engines("sqlite", "postgresql")

NUMBER = outbox_event.c.payload["number"].as_integer()
LATER = datetime(2030, 1, 1, tzinfo=UTC)


def put(db: Database, clock: FrozenClock, count: int) -> None:
    with db.write() as conn:
        for number in range(count):
            outbox.put(conn, clock.now(), "logout", "example.clinic", {"number": number})


def claim(db: Database, clock: FrozenClock) -> str | None:
    with db.write() as conn:
        event = outbox.claim(conn, clock.now())
        return event and event.id


def test_a_claimed_event_is_claimed_again_only_after_its_lease(db: Database, clock: FrozenClock) -> None:
    put(db, clock, 1)
    first = claim(db, clock)
    assert first
    assert claim(db, clock) is None
    clock.advance(outbox.LEASE_SECONDS)
    assert claim(db, clock) == first


def test_two_deliverers_never_claim_the_same_event(db: Database, clock: FrozenClock) -> None:
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


@pytest.mark.engines("postgresql")  # SQLite has one writer at a time
def test_a_deliverer_does_not_wait_for_another(db: Database, clock: FrozenClock) -> None:
    put(db, clock, 2)
    with db.write() as conn, ThreadPoolExecutor(1) as other:
        mine = outbox.claim(conn, clock.now())
        theirs = other.submit(claim, db, clock).result(timeout=4)
    assert mine
    assert theirs
    assert mine.id != theirs


def test_a_delivered_event_is_not_claimed_again(db: Database, clock: FrozenClock) -> None:
    put(db, clock, 1)
    event_id, arrived = claim(db, clock), clock.now()
    assert event_id
    with db.write() as conn:
        outbox.delivered(conn, event_id, arrived)
    clock.advance(100_000)
    assert claim(db, clock) is None
    with db.read() as conn:
        row = conn.execute(select(outbox_event)).one()
    assert row.delivered_at == arrived
    assert row.payload == {"number": 0}


def test_failures_are_retried_ever_later_and_then_given_up(db: Database, clock: FrozenClock) -> None:
    put(db, clock, 1)
    for wait in (*outbox.RETRY_SECONDS, None):
        with db.write() as conn:
            event = outbox.claim(conn, clock.now())
            assert event
            outbox.failed(conn, event, clock.now(), "connection refused\0 " * 100)
        clock.advance((wait or 1_000_000) - 1)
        assert claim(db, clock) is None
        clock.advance(1)
    with db.read() as conn:
        row = conn.execute(select(outbox_event)).one()
    assert (row.attempts, row.due_at, row.delivered_at) == (6, None, None)
    assert row.last_error.startswith("connection refused")
    assert (len(row.last_error), row.last_error[18]) == (500, "\N{REPLACEMENT CHARACTER}")


def test_all_due_events_of_a_client_that_does_not_answer_fail(db: Database, clock: FrozenClock) -> None:
    put(db, clock, 3)
    with db.write() as conn:
        conn.execute(update(outbox_event).where(NUMBER == 1).values(attempts=3))
        conn.execute(update(outbox_event).where(NUMBER == 2).values(attempts=5))
        outbox.put(conn, clock.now(), "logout", "example.clinic", {"number": 3})
        conn.execute(update(outbox_event).where(NUMBER == 3).values(due_at=LATER))
        outbox.put(conn, clock.now(), "logout", "example.transit", {"number": 4})
        outbox.all_failed(conn, "example.clinic", clock.now(), "no answer " * 100)
    with db.read() as conn:
        rows = conn.execute(select(outbox_event).order_by(NUMBER)).all()
    after = [(row.attempts, row.due_at and (row.due_at - clock.now()).total_seconds()) for row in rows]
    assert after == [(1, 5), (4, 600), (6, None), (0, (LATER - clock.now()).total_seconds()), (0, 0)]
    assert [len(row.last_error or "") for row in rows] == [500, 500, 500, 0, 0]


def test_clients_can_be_passed_over(db: Database, clock: FrozenClock) -> None:
    put(db, clock, 1)
    with db.write() as conn:
        outbox.put(conn, clock.now(), "logout", "example.transit", {})
        assert not outbox.is_due(conn, clock.now(), {"example.clinic", "example.transit"})
        assert outbox.claim(conn, clock.now(), {"example.clinic", "example.transit"}) is None
        claimed = outbox.claim(conn, clock.now(), {"example.clinic"})
        assert claimed
        assert claimed.client_id == "example.transit"
        assert outbox.is_due(conn, clock.now())
        assert not outbox.is_due(conn, clock.now(), {"example.clinic"})


def test_an_event_of_a_failed_transaction_is_not_stored(db: Database, clock: FrozenClock) -> None:
    def log_out_badly() -> None:
        with db.write() as conn:
            outbox.put(conn, clock.now(), "logout", "example.clinic", {})
            raise LookupError

    with pytest.raises(LookupError):
        log_out_badly()
    assert claim(db, clock) is None
