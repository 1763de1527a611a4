"""The tests' own ground: both databases are real and fresh, the camera works, nothing leaves the machine."""

import socket

import pytest
from playwright.sync_api import Browser
from sqlalchemy import text

from minzhengtong.db.database import Database
from tests.engines.network import NetworkRefused
from tests.engines.postgresql import EngineMissing, PostgreSQL

pytestmark = pytest.mark.engines("sqlite", "postgresql")


@pytest.mark.parametrize("round_", [1, 2])
def test_each_test_has_a_fresh_migrated_database(db: Database, round_: int) -> None:
    with db.write() as conn:
        assert conn.execute(text("SELECT count(*) FROM audit_entry")).scalar_one() == 0
        conn.execute(text("CREATE TABLE left_over (round INTEGER)"))


def test_a_connection_that_leaves_the_machine_is_refused() -> None:
    with socket.socket() as outside, pytest.raises(NetworkRefused):
        outside.connect(("192.0.2.1", 9))
    with pytest.raises(NetworkRefused):
        socket.getaddrinfo("example.org", 443)


def test_a_postgresql_that_does_not_start_says_why() -> None:
    with pytest.raises(EngineMissing, match="no_such_setting"):
        PostgreSQL(settings=("no_such_setting=1",)).start()


def test_chromium_is_real(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<button>福州</button>")
    assert page.get_by_role("button", name="福州").is_visible()
    page.close()
