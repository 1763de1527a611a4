"""One simulator for all rules: they change nothing in it."""

from collections.abc import Iterator

import pytest

from minzhengtong.base.clock import FrozenClock
from tests.conftest import NOON
from tests.engines import seeding
from tests.world.world import World


@pytest.fixture(scope="session")
def house(seeded_sqlite: seeding.Seeded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with seeding.fresh_runtime(seeded_sqlite, tmp_path_factory.mktemp("rules"), FrozenClock(NOON)) as runtime:
        yield World.of(runtime)
