"""What the worker deletes of this room, and after what time."""

from minzhengtong.idempotency.answers import KEPT_FOR
from minzhengtong.idempotency.models import idempotency_record

SWEPT = ((idempotency_record.c.created_at, KEPT_FOR),)
