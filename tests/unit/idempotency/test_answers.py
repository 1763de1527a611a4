"""A repeated request gets the first answer."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest
from sqlalchemy.exc import IntegrityError

from minzhengtong.db.database import Database
from minzhengtong.idempotency import answers as idempotency
from minzhengtong.idempotency.answers import Answer, IdempotencyKeyReused

pytestmark = pytest.mark.engines("sqlite", "postgresql")

PASSED = Answer(201, '{"verdict": "pass", "subject": "公交"}')


def keep(db: Database, now: datetime, answer: Answer = PASSED, client: str = "transit") -> None:
    with db.write() as conn:
        idempotency.keep(conn, now, client, "key-1", request_digest="aa", answer=answer)


def test_a_repeated_request_gets_the_first_answer_after_a_restart(db: Database, now: datetime) -> None:
    keep(db, now)
    restarted = Database(db.engine.url.render_as_string(hide_password=False))
    with restarted.read() as conn:
        assert idempotency.find(conn, "transit", "key-1", "aa") == PASSED
    restarted.dispose()


def test_a_key_belongs_to_one_request(db: Database, now: datetime) -> None:
    keep(db, now)
    with db.read() as conn, pytest.raises(IdempotencyKeyReused):
        idempotency.find(conn, "transit", "key-1", "bb")


def test_clients_do_not_share_keys(db: Database, now: datetime) -> None:
    keep(db, now)
    with db.read() as conn:
        assert idempotency.find(conn, "clinic", "key-1", "bb") is None
    keep(db, now, Answer(402, "{}"), client="clinic")
    with db.read() as conn:
        assert idempotency.find(conn, "clinic", "key-1", "aa") == Answer(402, "{}")


def test_only_one_of_two_simultaneous_answers_is_stored(db: Database, now: datetime) -> None:
    start = Barrier(2)

    def call(status: int) -> bool:
        start.wait()
        try:
            keep(db, now, Answer(status, "{}"))
        except IntegrityError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        kept = list(pool.map(call, (201, 202)))
    assert sorted(kept) == [False, True]
    with db.read() as conn:
        assert idempotency.find(conn, "transit", "key-1", "aa") == Answer((201, 202)[kept.index(True)], "{}")
