"""What the worker deletes of this room, and after what time."""

from datetime import timedelta

from minzhengtong.db.sweep import Sweep
from minzhengtong.events.models import outbox_event

SWEPT = (Sweep(outbox_event.c.created_at, timedelta(days=30), only=(outbox_event.c.due_at.is_(None),)),)
"""Only what was delivered or given up, which happens within two hours while a worker runs."""
