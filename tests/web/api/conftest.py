"""A seeded simulator and two terminals that call its API."""

import pytest

from minzhengtong.runtime import Runtime
from tests.world.caller import Caller
from tests.world.world import World


@pytest.fixture
def house(runtime: Runtime) -> World:
    return World.of(runtime)


@pytest.fixture
def gate(house: World) -> Caller:
    return house.terminal("transit")


@pytest.fixture
def desk(house: World) -> Caller:
    return house.terminal("clinic")
