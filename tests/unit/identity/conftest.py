"""A process with the demo people in its database."""

from pathlib import Path

import pytest

from minzhengtong.base.clock import FrozenClock
from minzhengtong.base.settings import Settings
from minzhengtong.db.database import Database
from minzhengtong.demo.identity import seed as seed_people
from minzhengtong.keys.keyring import KeyRing
from minzhengtong.runtime import Runtime


@pytest.fixture
def runtime(db: Database, clock: FrozenClock, tmp_path: Path) -> Runtime:
    with db.write() as conn:
        seed_people(conn, clock.now())
    return Runtime(Settings.from_env({}), clock, db, KeyRing(tmp_path / "keys"))
