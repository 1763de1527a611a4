"""Fixtures of the journeys: a running simulator, and people in real browsers."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.journeys.browser import PageOf, people, visiting
from tests.journeys.desk import Desk
from tests.journeys.server import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One simulator for each test process."""
    running = Server(tmp_path_factory.mktemp("server"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def desk(browser: Browser, server: Server) -> Iterator[Desk]:
    """One tester's desk for each test process: every scan begins on a fresh page."""
    with visiting(browser, server.url, "qiu", permissions=["camera"]) as page:
        yield Desk(page)


@pytest.fixture
def page_of(browser: Browser, server: Server) -> Iterator[PageOf]:
    """Give a function that logs a persona in, in a browser of its own, and returns its page."""
    with people(browser, server.url) as page_of:
        yield page_of
