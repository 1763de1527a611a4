"""Rotates keys: the next key is published, signs once every reader can have it, and the old key ends.

Each key has the time of its next state in `due_at`; the worker changes the state. The room that signs with a
key makes it, and says how long it must verify after its last signature.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from sqlalchemy import Connection, Row, select, update

from minzhengtong.audit.log import record_entry
from minzhengtong.base.clock import local_time
from minzhengtong.base.errors import Conflict
from minzhengtong.keys.keyring import KEY_SET_SECONDS, KeyRing
from minzhengtong.keys.models import KeyState, KeyUse, signing_key

LEAD = timedelta(seconds=KEY_SET_SECONDS + 10)
"""From publishing to the first signature: a reader may cache the key set, we cache states for 2 s."""
SHORTEST_LEAD = timedelta(seconds=4)
"""Twice the age that another process's cached states may have."""


class RotationUnderWay(Conflict):
    """A next key is published already and does not sign yet."""

    code = "rotation_under_way"
    title = "The next key is published already"


@dataclass(frozen=True, slots=True)
class Moved:
    """A key and its new state."""

    kid: str
    state: KeyState


def publish(
    conn: Connection, keyring: KeyRing, key: PrivateKeyTypes, now: datetime, signs_at: datetime, **row: str
) -> None:
    """Publish a key that signs from `signs_at` on; `row` holds kid, use, alg and region.

    The caller commits. Raises: RotationUnderWay.
    """
    same = [signing_key.c[name] == row[name] for name in ("use", "alg", "region")]
    coming = select(signing_key.c.due_at).where(*same, signing_key.c.state == KeyState.NEXT)
    if (earlier := conn.execute(coming).first()) is not None:
        raise RotationUnderWay(f"no rotation before {local_time(earlier.due_at)}, Fujian time", "another one")
    keyring.add(conn, key, now, due_at=signs_at, **row, state=KeyState.NEXT)
    record_entry(conn, now, "key.published", actor="system", kid=row["kid"], use=row["use"])


def is_due(conn: Connection, now: datetime) -> bool:
    """Whether `move_on` has work. Takes no lock."""
    return (
        conn.execute(select(signing_key.c.kid).where(signing_key.c.due_at <= now).limit(1)).first()
        is not None
    )


def move_on(conn: Connection, now: datetime, verified_for: Mapping[KeyUse, timedelta]) -> list[Moved]:
    """Activate due keys, retire those they replace, and revoke retired keys whose time is over.

    `verified_for` says how long a retired key of a use verifies. The caller commits, then deletes the files
    of the revoked keys.
    """
    due = select(signing_key).where(signing_key.c.due_at <= now).order_by(signing_key.c.due_at)
    moved: list[Moved] = []
    for key in conn.execute(due.with_for_update()).all():
        if key.state == KeyState.NEXT:
            moved += _retire_predecessor(conn, key, now + verified_for[KeyUse(key.use)])
            moved.append(_move(conn, key.kid, KeyState.ACTIVE))
        else:
            moved.append(_move(conn, key.kid, KeyState.REVOKED))
    for step in moved:
        record_entry(conn, now, f"key.{step.state}", actor="system", kid=step.kid)
    return moved


def _retire_predecessor(conn: Connection, key: Row[Any], until: datetime) -> list[Moved]:
    same = [signing_key.c[name] == getattr(key, name) for name in ("use", "alg", "region")]
    active = select(signing_key.c.kid).where(*same, signing_key.c.state == KeyState.ACTIVE)
    return [_move(conn, kid, KeyState.RETIRED, until) for kid in conn.execute(active).scalars().all()]


def _move(conn: Connection, kid: str, state: KeyState, due_at: datetime | None = None) -> Moved:
    change = update(signing_key).where(signing_key.c.kid == kid)
    conn.execute(change.values(state=state, due_at=due_at))
    return Moved(kid, state)
