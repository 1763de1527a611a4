"""A key is published before it signs, verifies after it signed, and then is gone."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from minzhengtong.audit.models import audit_entry
from minzhengtong.db.database import Database
from minzhengtong.keys import rotation
from minzhengtong.keys.keyring import KeyRing
from minzhengtong.keys.models import KeyState, KeyUse, signing_key

pytestmark = pytest.mark.engines("sqlite", "postgresql")

VERIFIED_FOR = {KeyUse.CODE: timedelta(minutes=2), KeyUse.ID_TOKEN: timedelta(hours=13)}
FUZHOU = {"use": KeyUse.CODE, "alg": "Ed25519", "region": "350100"}


@pytest.fixture
def ring(tmp_path: Path, db: Database, now: datetime) -> KeyRing:
    ring = KeyRing(tmp_path / "keys")
    for region in ("350100", "350200"):
        with db.write() as conn:
            row = {**FUZHOU, "region": region, "kid": f"old-{region}", "state": KeyState.ACTIVE}
            ring.add(conn, Ed25519PrivateKey.generate(), now, **row)
    return ring


def publish(db: Database, ring: KeyRing, kid: str, now: datetime) -> None:
    with db.write() as conn:
        key = Ed25519PrivateKey.generate()
        rotation.publish(conn, ring, key, now, now + rotation.LEAD, **FUZHOU, kid=kid)


def move_on(db: Database, at: datetime) -> list[tuple[str, str]]:
    with db.write() as conn:
        moved = rotation.move_on(conn, at, VERIFIED_FOR)
        return [(key.kid, key.state.value) for key in moved]


def states(db: Database, ring: KeyRing) -> dict[str, str]:
    with db.read() as conn:
        ring.refresh(conn)
        return {key.kid: key.state.value for key in ring.current(conn).all}


def test_a_key_lives_through_all_its_states(db: Database, ring: KeyRing, now: datetime) -> None:
    publish(db, ring, "new", now)
    signs_at, moment = now + rotation.LEAD, timedelta(microseconds=1)
    assert states(db, ring) == {"old-350100": "active", "old-350200": "active", "new": "next"}
    assert move_on(db, signs_at - moment) == []
    assert move_on(db, signs_at) == [("old-350100", "retired"), ("new", "active")]
    assert states(db, ring) == {"old-350100": "retired", "old-350200": "active", "new": "active"}
    ends_at = signs_at + VERIFIED_FOR[KeyUse.CODE]
    assert move_on(db, ends_at - moment) == []
    assert move_on(db, ends_at) == [("old-350100", "revoked")]
    assert states(db, ring) == {"old-350200": "active", "new": "active"}
    assert move_on(db, ends_at + timedelta(days=900)) == []


def test_a_late_worker_still_retires_the_old_key_for_its_whole_time(
    db: Database, ring: KeyRing, now: datetime
) -> None:
    publish(db, ring, "new", now)
    late = now + timedelta(days=3)
    move_on(db, late)
    with db.read() as conn:
        due = conn.execute(select(signing_key.c.due_at).where(signing_key.c.kid == "old-350100")).scalar()
    assert due == late + VERIFIED_FOR[KeyUse.CODE]


def test_is_due_says_whether_there_is_work(db: Database, ring: KeyRing, now: datetime) -> None:
    publish(db, ring, "new", now)
    with db.read() as conn:
        assert not rotation.is_due(conn, now)
        assert rotation.is_due(conn, now + rotation.LEAD)


def test_a_second_rotation_is_refused_until_the_first_is_done(
    db: Database, ring: KeyRing, now: datetime
) -> None:
    publish(db, ring, "new", now)
    with pytest.raises(rotation.RotationUnderWay):
        publish(db, ring, "newer", now)
    move_on(db, now + rotation.LEAD)
    publish(db, ring, "newer", now)


@pytest.mark.parametrize("state", [KeyState.ACTIVE, KeyState.NEXT])
def test_the_database_allows_one_key_of_a_kind(
    db: Database, ring: KeyRing, now: datetime, state: KeyState
) -> None:
    publish(db, ring, "new", now)
    with pytest.raises(IntegrityError), db.write() as conn:
        ring.add(conn, Ed25519PrivateKey.generate(), now, **FUZHOU, kid="third", state=state)


def test_every_step_is_in_the_log(db: Database, ring: KeyRing, now: datetime) -> None:
    publish(db, ring, "new", now)
    move_on(db, now + rotation.LEAD)
    with db.read() as conn:
        entries = conn.execute(select(audit_entry).order_by(audit_entry.c.id)).all()
    steps = [(entry.action, entry.detail["kid"]) for entry in entries]
    assert steps == [("key.published", "new"), ("key.retired", "old-350100"), ("key.active", "new")]
