"""A seeded simulator with its mini-apps, in this process."""

import pytest

from minzhengtong.runtime import Runtime
from tests.miniapps.world import Browser, World


@pytest.fixture
def world(runtime: Runtime) -> World:
    return World.open(runtime)


@pytest.fixture
def lin(world: World) -> Browser:
    return world.person("lin")
