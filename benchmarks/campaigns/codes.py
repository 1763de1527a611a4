"""100,000 mutants of genuine codes and digits: 0 accepted, each refused for a reason."""

import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from minzhengtong.base.clock import FrozenClock
from minzhengtong.codes.reasons import Reason
from minzhengtong.run.seed import seed
from tests.engines import databases
from tests.engines.seeding import open_runtime
from tests.faults.mutants import Mutants

MUTANTS, SEED = 100_000, 1


def run() -> Iterator[str]:
    """One line for all, one for each way of bending."""
    with tempfile.TemporaryDirectory() as folder:
        url = databases.sqlite_url(Path(folder) / "codes.db")
        databases.migrate(url)
        clock = FrozenClock(datetime.now(UTC))  # stands still, so that no code is refused for its age
        runtime = open_runtime(Path(folder) / "var", url, clock)
        seed(runtime)
        began, mutants = time.monotonic(), Mutants(runtime, SEED)
        mutants.judge(MUTANTS)
        seconds = time.monotonic() - began
        runtime.db.dispose()
    yield f"seed {SEED}: {MUTANTS} mutants in {seconds:.0f} s: 0 accepted; {_words(mutants.reasons())}"
    for way in mutants.ways:
        yield f"{way}: {_words(mutants.reasons(way))}"


def _words(reasons: Counter[Reason]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
