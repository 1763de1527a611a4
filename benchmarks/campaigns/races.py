"""10,000 codes, four scanners each, at two servers of one process: exactly one of the four wins."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.faults.racing import pair, race_for_codes

CODES = 10_000


def run() -> Iterator[str]:
    """One line for each engine."""
    for engine in ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory() as folder, pair(engine, Path(folder)) as two:
            began = time.monotonic()
            race_for_codes(two, CODES)
            seconds = time.monotonic() - began
        yield f"{engine}: {CODES} codes x 4 scanners in {seconds:.0f} s: one winner each, the ledger adds up"
