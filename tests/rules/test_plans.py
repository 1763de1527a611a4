"""No statement of a request or of the worker reads a table from end to end that grows with use."""

import pytest

from minzhengtong.base.clock import FrozenClock
from minzhengtong.db.database import Database
from minzhengtong.runtime import Runtime
from tests.engines.filling import GROWING, fill
from tests.engines.plans import collected, read_whole
from tests.world.tour import tour
from tests.world.world import World

pytestmark = pytest.mark.engines("sqlite", "postgresql")

ROWS = 10_000
NAMES = frozenset(table.name for table in GROWING)


@pytest.fixture
def full(runtime: Runtime) -> Runtime:
    with runtime.db.write(in_time=False) as conn:
        fill(conn, runtime.clock.now(), ROWS)
    if not runtime.db.is_sqlite:  # ours has no statistics of its tables
        with runtime.db.read() as conn:
            conn.exec_driver_sql("ANALYZE")
    return runtime


@pytest.mark.timeout(300)
def test_every_statement_uses_an_index_or_reads_one_page(full: Runtime, clock: FrozenClock) -> None:
    house = World.of(full)
    with collected(full.db) as statements:
        assert tour(house, clock) == set()
    with full.db.read() as conn:
        whole = {text: read_whole(conn, text, given, NAMES) for text, given in statements.items()}
    assert {text: tables for text, tables in whole.items() if tables} == {}
    assert len(statements) > 60


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("SELECT count(*) FROM payment", "payment"),
        ("SELECT id FROM payment WHERE subject = 'x' LIMIT 1", "payment"),
        ("SELECT id FROM scan ORDER BY terminal_id LIMIT 1", "scan"),
        ("UPDATE account SET balance_fen = 0 WHERE owner = 'x'", "account"),
        (
            "SELECT p.id FROM payment AS p JOIN transfer AS t ON t.payment_id = p.id WHERE p.id = 'x'",
            "transfer",
        ),
        ("SELECT id FROM audit_entry WHERE person_id = 'x' ORDER BY id LIMIT 1", None),
        ("SELECT id FROM payment ORDER BY id DESC LIMIT 1", None),
    ],
)
def test_a_plan_that_reads_a_whole_table_is_recognised(
    db: Database, statement: str, table: str | None
) -> None:
    with db.read() as conn:
        assert read_whole(conn, statement, {}, NAMES) == ({table} if table else set())
