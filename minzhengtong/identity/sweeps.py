"""What the worker deletes of this room, and after what time. Sessions are deleted by `oidc.sweeps`."""

from datetime import timedelta

from minzhengtong.identity.models import login_device, login_failure

SWEPT = ((login_failure.c.expires_at, timedelta(0)), (login_device.c.expires_at, timedelta(0)))
