"""Scans and kept answers of revision 0008 lose the numbers of certificates, and get them back going down."""

import json

import pytest
from sqlalchemy import text

from minzhengtong.bench.answer import DESK_ANSWER
from minzhengtong.bench.client import CLIENT_ID, SCOPE
from minzhengtong.db.database import Database
from minzhengtong.run import migrations
from minzhengtong.runtime import Runtime
from tests.world.facts import DESK, INSURED
from tests.world.world import World

pytestmark = pytest.mark.engines("sqlite", "postgresql")


def stored(db: Database) -> tuple[str, str]:
    """The only scan's items and the only kept answer, as text."""
    with db.read() as conn:
        items = conn.execute(text("SELECT CAST(items AS TEXT) FROM scan")).scalar_one()
        return items, conn.execute(text("SELECT body FROM idempotency_record")).scalar_one()


def test_numbers_of_certificates_leave_scans_and_kept_answers(runtime: Runtime) -> None:
    house, db = World.of(runtime), runtime.db
    bench = house.caller(CLIENT_ID, SCOPE)
    body = {"code": house.show().text, "terminal_id": DESK, "wants": [INSURED]}
    assert bench.post("/api/v1/bench/scans", body).status_code == 201
    before, _ = stored(db)
    with db.write() as conn:
        migrations.downgrade(conn, "0008")
        number = conn.execute(
            text("SELECT number FROM certificate WHERE type = 'medical-insurance' AND holder_id = 'per_lin'")
        ).scalar_one()
        was = conn.execute(text("SELECT body FROM idempotency_record")).scalar_one()
        [shown] = json.loads(was)["scan"]["certificates"]
        was = was.replace(shown["number"], number)
        conn.execute(text("UPDATE idempotency_record SET body = :was"), {"was": was})
    assert all(number in one for one in stored(db))
    with db.write() as conn:
        migrations.upgrade(conn)
    items, answer = stored(db)
    assert json.loads(items) == json.loads(before)
    assert number not in answer
    scan = DESK_ANSWER.validate_json(answer).scan
    assert scan
    assert [(one.handle, one.claims) for one in scan.certificates] == [("", shown["claims"])]
