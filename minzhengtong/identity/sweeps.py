"""What the worker deletes of this room, and after what time. Sessions stay, as part of the log."""

from datetime import timedelta

from minzhengtong.identity.models import login_failure

SWEPT = ((login_failure.c.at, timedelta(days=2)),)
