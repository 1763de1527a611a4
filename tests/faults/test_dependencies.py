"""What the platform stands on goes away: PostgreSQL, room on the disk, the right to write, the worker."""

import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import event, select, text

from minzhengtong.audit.seal import verify_chain
from minzhengtong.db.database import Database
from minzhengtong.events.models import outbox_event
from minzhengtong.payments.summary import summary
from minzhengtong.runtime import Runtime
from tests.engines.postgresql import PostgreSQL
from tests.faults.cluster import Cluster, cluster, kill, wait_until
from tests.faults.paying import Books, pay_while
from tests.faults.wire import Phone, Wire, authorize_url
from tests.journeys.server import Server
from tests.web.api.test_scans import problem
from tests.world.facts import FARE
from tests.world.world import World

pytestmark = pytest.mark.engines("sqlite", "postgresql")

CAP_DAC_OVERRIDE, PR_CAPBSET_DROP = 1, 24
DISK_FULL = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON payment EXECUTE FUNCTION full_disk();
"""


def test_postgresql_restarts_while_people_pay(tmp_path: Path) -> None:
    server = PostgreSQL()
    server.start()

    def restart(running: Cluster, books: Books) -> None:
        server.stop()
        with Wire(running.port) as wire:
            assert wire.ask("GET", "/healthz").status == 503
        server.start()

    running = Cluster(tmp_path, MZT_DATABASE_URL=server.url)
    try:
        running.start()
        books = pay_while(running, [restart, restart], payments=120, seed=3)
        assert books.asked_again > 0
    finally:
        running.stop()
        server.stop()


@pytest.fixture
def house(runtime: Runtime) -> World:
    return World.of(runtime)


def fill_disk(house: World) -> None:
    """Let no table grow any more, as on a full disk."""
    if not house.runtime.db.is_sqlite:
        with house.runtime.db.write() as conn:
            conn.execute(text(DISK_FULL))
        return
    house.runtime.db.dispose()

    @event.listens_for(house.runtime.db.engine, "connect")
    def _limit(connection: object, _: object) -> None:
        connection.execute("PRAGMA max_page_count=1")  # type: ignore[attr-defined]  # the pages there are


def test_a_full_disk_is_a_503_that_changes_nothing(house: World) -> None:
    gate = house.terminal()
    codes = [house.show().text for _ in range(60)]
    paid = gate.scan(codes[0], FARE)
    assert paid.status_code == 201
    fill_disk(house)
    answers = [gate.scan(code, FARE) for code in codes[1:]]  # some still fit into pages that are there
    refused = [answer for answer in answers if answer.status_code != 201]
    assert refused
    for answer in refused:
        assert problem(answer) == (503, "database_unavailable")
        assert answer.headers["Retry-After"]
    with house.runtime.db.read() as conn:
        proof = summary(conn)
    assert proof.payments == 1 + len(answers) - len(refused)
    assert (proof.sum_fen, proof.unpaid_payments, proof.faults) == (0, 0, ())


def refuse_writes(db: Database) -> None:
    """Let the database only be read from now on."""
    if not db.is_sqlite:
        with db.write() as conn:
            name = conn.engine.url.database
            conn.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only=on'))
    db.dispose()
    if db.is_sqlite:
        event.listen(db.engine, "connect", lambda connection, _: connection.execute("PRAGMA query_only=1"))


def test_a_read_only_database_still_shows_pages(house: World) -> None:
    gate, code = house.terminal(), house.show().text
    browser = house.platform.test_client()
    base = {"base_url": "http://localhost:8000"}
    page = browser.get("/login", **base).text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    browser.post("/login/persona", data={"persona": "lin", "csrf_token": token}, **base)
    refuse_writes(house.runtime.db)
    assert problem(gate.scan(code, FARE)) == (503, "database_unavailable")
    for path in ("/", "/me", "/wallet", "/activity", "/services", "/healthz"):
        assert browser.get(path, **base).status_code == 200, path
    shown = browser.get("/code", **base)
    assert (shown.status_code, "暂时无法服务" in shown.text) == (503, True)
    assert gate.get("/api/v1/payments").status_code == 200


def without_privileges() -> None:
    """Even root then obeys a folder's mode; anybody else does anyway."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE)


def test_a_var_folder_that_cannot_be_written_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    server = Server(tmp_path)
    var_dir = Path(server.environment["MZT_VAR_DIR"])
    var_dir.mkdir(mode=0o555)
    command = [sys.executable, "-m", "minzhengtong", "run"]
    done = subprocess.run(
        command, env=server.environment, capture_output=True, text=True, preexec_fn=without_privileges
    )
    assert done.returncode == 2
    assert done.stderr.startswith("A file or the database cannot be used: ")
    assert "MZT_VAR_DIR" in done.stderr
    assert "Traceback" not in done.stderr


def open_transit(phone: Phone) -> None:
    """Log in at the bus company's app as far as its callback, so that a logout must tell it."""
    sheet = phone.get(authorize_url(phone.port)).headers["Location"]
    phone.get(sheet)
    assert "code=" in phone.post(sheet, answer="yes").headers["Location"]


def test_a_dead_worker_is_replaced_and_events_arrive_late(tmp_path: Path) -> None:
    with cluster("sqlite", tmp_path) as running, Phone(running.port, "lin") as lin:
        runtime, worker = running.open_runtime(), running.worker
        open_transit(lin)
        lin.get("/me")
        os.kill(running.supervisor, signal.SIGSTOP)  # until the checks are done it starts no other worker
        kill(worker)
        assert lin.post("/logout").status == 303
        with runtime.db.snapshot() as conn:
            assert conn.execute(select(outbox_event)).one().delivered_at is None
            assert verify_chain(conn).unsealed_ids
        os.kill(running.supervisor, signal.SIGCONT)

        def is_caught_up() -> bool:
            with runtime.db.snapshot() as conn:
                told = conn.execute(select(outbox_event)).one().delivered_at
                return told is not None and not verify_chain(conn).unsealed_ids

        wait_until(is_caught_up, "the app told, the log sealed")
        assert running.worker != worker
        runtime.db.dispose()
