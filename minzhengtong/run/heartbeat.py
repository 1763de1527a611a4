"""Shows a parent that a child still runs Python: a number in shared memory that the child raises."""

import mmap


class Heartbeat:
    """Made before the fork, one for each child."""

    def __init__(self) -> None:
        self._beats = memoryview(mmap.mmap(-1, mmap.PAGESIZE)).cast("q")
        self._seen = self._missed = 0

    def beat(self) -> None:
        """Called by the child, more often than the parent looks."""
        self._beats[0] += 1

    def missed(self) -> int:
        """How many times in a row the parent has looked and found no new beat, this time included.

        Counted in looks, not in seconds: after Ctrl-Z and `fg` the child has the same time as before.
        """
        beats = self._beats[0]
        self._missed = self._missed + 1 if beats == self._seen else 0
        self._seen = beats
        return self._missed

    def start_again(self) -> None:
        """Called by the parent when it forks another child."""
        self._missed = 0
