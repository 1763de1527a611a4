"""The one clock. Whoever needs the time is given it; nobody asks the system directly."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Protocol

FUJIAN = timezone(timedelta(hours=8))
"""China Standard Time; no summer time since 1991."""


def local_date(at: datetime) -> date:
    """The day in Fujian at this moment."""
    return at.astimezone(FUJIAN).date()


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
