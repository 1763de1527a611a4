"""Heavy campaigns against faults: the suite's own checks with large counts. Each prints what it saw."""


class NotTried(str):
    """A line that says what could not be tried here, and why."""

    __slots__ = ()
