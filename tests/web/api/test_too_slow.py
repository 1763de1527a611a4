"""A call whose read takes too long is answered, and the query does not run on."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import text

from minzhengtong.db.database import Database
from minzhengtong.runtime import Runtime
from minzhengtong.web.kit.guards import public
from minzhengtong.web.platform import create_platform
from tests.unit.db.test_read_limit import ENDLESS
from tests.web.api.test_scans import problem
from tests.world.facts import PLATFORM

pytestmark = pytest.mark.engines("sqlite", "postgresql")


@pytest.fixture
def hasty(runtime: Runtime) -> Iterator[Runtime]:
    database = Database(runtime.settings.database_url, read_seconds=0.2, pool_size=1)
    yield replace(runtime, db=database)
    database.dispose()


@pytest.mark.timeout(60)
def test_a_read_without_end_is_answered_and_ended(hasty: Runtime) -> None:
    platform = create_platform(hasty)

    @platform.get("/api/endless")
    @public
    def endless() -> str:
        with hasty.db.read() as conn:
            return str(conn.execute(ENDLESS).scalar_one())

    client = platform.test_client()
    answer = client.get("/api/endless", base_url=PLATFORM)
    assert problem(answer) == (503, "too_slow")
    assert answer.headers["Retry-After"]
    assert client.get("/healthz", base_url=PLATFORM).status_code == 200  # by the one connection there is
    with hasty.db.read() as conn:
        if not hasty.db.is_sqlite:
            running = (
                "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'WITH REC%'"
            )
            assert conn.execute(text(running)).scalar_one() == 0
