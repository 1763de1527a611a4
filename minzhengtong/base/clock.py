"""The one clock, which is passed to the code that needs the time: no other code asks the system."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Protocol

_UTC_TIME = re.compile(r"\b[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z")
FUJIAN = timezone(timedelta(hours=8))
"""China Standard Time; no summer time since 1991."""


def local_date(at: datetime) -> date:
    """The day in Fujian at this moment."""
    return at.astimezone(FUJIAN).date()


def local_time(at: datetime) -> str:
    """The time in Fujian to the second, as people read it: `2026-11-20 12:00:00`."""
    return f"{at.astimezone(FUJIAN):%Y-%m-%d %H:%M:%S}"


def with_local_times(text: str) -> str:
    """The text with every UTC time in it, such as `2026-11-20T04:00:00Z`, as a time in Fujian."""
    return _UTC_TIME.sub(lambda found: local_time(datetime.fromisoformat(found[0])), text)


class Clock(Protocol):
    """Tells the time, always aware and in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FrozenClock:
    """Stands still until it is moved: for tests."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self._at

    def advance(self, seconds: float) -> None:
        """Move by `seconds`, which may be negative."""
        self._at += timedelta(seconds=seconds)
