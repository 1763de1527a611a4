"""A process with the demo people in its database."""

from pathlib import Path

import pytest

from minzhengtong.core.clock import FrozenClock
from minzhengtong.core.db import Database
from minzhengtong.core.keys import KeyRing
from minzhengtong.core.runtime import Runtime
from minzhengtong.core.settings import Settings
from minzhengtong.identity.seed import seed_people


@pytest.fixture
def runtime(db: Database, clock: FrozenClock, tmp_path: Path) -> Runtime:
    with db.transaction() as conn:
        seed_people(conn, clock.now())
    return Runtime(Settings.from_env({}), clock, db, KeyRing(tmp_path / "keys"))
