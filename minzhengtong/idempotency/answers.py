"""Stores answers under their Idempotency-Key, so that a repeated request is executed once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select

from minzhengtong.base.errors import Conflict
from minzhengtong.db.row_insert import RowInsert
from minzhengtong.idempotency.models import idempotency_record

KEPT_FOR = timedelta(hours=24)
"""How long a key gets its first answer. Many payment services keep one as long. Not longer, because an answer
holds the claims that were shown, which are stored nowhere else."""


class IdempotencyKeyReused(Conflict):
    """Raised when a key was used before with another request."""

    code = "idempotency_key_reused"
    title = "This Idempotency-Key belongs to another request"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP status and its JSON body, as sent."""

    status: int
    body: str


_INSERT = RowInsert(idempotency_record)
_KEPT = select(
    idempotency_record.c.request_digest, idempotency_record.c.status, idempotency_record.c.body
).where(
    idempotency_record.c.client_id == bindparam("client_id"), idempotency_record.c.key == bindparam("key")
)


def find(conn: Connection, client_id: str, key: str, request_digest: str) -> Answer | None:
    """Return the answer first given under this key, or None. Raises: IdempotencyKeyReused."""
    row = conn.execute(_KEPT, {"client_id": client_id, "key": key}).first()
    if row is None:
        return None
    if row.request_digest != request_digest:
        raise IdempotencyKeyReused("the same request as before under this key", "another request")
    return Answer(row.status, row.body)


def keep(
    conn: Connection, now: datetime, client_id: str, key: str, *, request_digest: str, answer: Answer
) -> None:
    """Store an answer in the transaction of its request. The caller commits.

    Raises: IntegrityError when another request with the key was committed first.
    """
    values = {"client_id": client_id, "key": key, "request_digest": request_digest, "created_at": now}
    _INSERT.run(conn, {**values, "status": answer.status, "body": answer.body})
