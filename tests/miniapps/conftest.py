"""A seeded simulator with its mini-apps."""

import pytest

from minzhengtong.runtime import Runtime
from tests.world.browser import Browser
from tests.world.world import World


@pytest.fixture
def world(runtime: Runtime) -> World:
    return World.open(runtime)


@pytest.fixture
def lin(world: World) -> Browser:
    return world.person("lin")
