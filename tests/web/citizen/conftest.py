"""A seeded simulator, and a citizen who is logged in."""

import pytest

from minzhengtong.runtime import Runtime
from tests.world.browser import Browser
from tests.world.world import World


@pytest.fixture
def house(runtime: Runtime) -> World:
    return World.of(runtime)


@pytest.fixture
def lin(house: World) -> Browser:
    return house.person("lin")
