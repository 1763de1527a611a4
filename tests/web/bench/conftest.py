"""A seeded simulator, a tester with the bench's page open, and a program with a token for the bench."""

import pytest

from minzhengtong.bench.client import CLIENT_ID, SCOPE
from minzhengtong.runtime import Runtime
from tests.world.browser import Browser
from tests.world.caller import Caller
from tests.world.world import World


@pytest.fixture
def house(runtime: Runtime) -> World:
    return World.of(runtime)


@pytest.fixture
def qiu(house: World) -> Browser:
    qiu = house.person("qiu")
    assert qiu.get("/bench").status_code == 200
    return qiu


@pytest.fixture
def program(house: World) -> Caller:
    return house.caller(CLIENT_ID, SCOPE)
