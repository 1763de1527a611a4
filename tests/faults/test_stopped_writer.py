"""A process is stopped inside a transaction on SQLite: nobody waits for it without end."""

import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.process import BaseProcess

import pytest
from sqlalchemy import text

from minzhengtong.db.database import Database
from minzhengtong.payments.summary import summary
from minzhengtong.runtime import Runtime
from tests.web.api.test_scans import problem
from tests.world.facts import FARE
from tests.world.world import World

WRITE = "UPDATE account SET balance_fen = balance_fen"


def _stop() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _ours(url: str) -> None:
    with Database(url).write() as conn:
        conn.execute(text(WRITE))
        _stop()


def _foreign(url: str) -> None:
    """A program that knows nothing of our line of writers."""
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(WRITE)
    _stop()
    connection.execute("COMMIT")


@pytest.fixture
def house(runtime: Runtime) -> Iterator[World]:
    """A simulator whose writers are less patient, so that the test is."""
    hasty = Database(runtime.settings.database_url, sqlite_wait_seconds=0.1)
    impatient = replace(runtime, db=hasty)
    yield World.of(impatient)
    hasty.dispose()


@pytest.fixture(params=[_ours, _foreign])
def stopped(request: pytest.FixtureRequest, house: World) -> Iterator[Callable[[], BaseProcess]]:
    """Stops a new process inside a transaction."""
    holder: Callable[[str], None] = request.param
    started: list[BaseProcess] = []

    def stop_one() -> BaseProcess:
        house.runtime.db.dispose()
        url = house.runtime.settings.database_url
        started.append(get_context("fork").Process(target=holder, args=(url,)))
        started[-1].start()
        assert started[-1].pid
        assert os.WIFSTOPPED(os.waitpid(started[-1].pid, os.WUNTRACED)[1])
        return started[-1]

    yield stop_one
    for process in started:
        process.kill()
        process.join(20)


@pytest.mark.parametrize("end", [signal.SIGCONT, signal.SIGKILL])
def test_writers_are_answered_and_go_on_when_it_does_or_dies(
    house: World, stopped: Callable[[], BaseProcess], end: int
) -> None:
    gate, code = house.terminal(), house.show().text
    holder = stopped()
    for _ in range(2):
        answer = gate.scan(code, FARE)
        assert problem(answer) == (503, "database_unavailable")
        assert answer.headers["Retry-After"]
    assert gate.get("/api/v1/payments").status_code == 200
    assert house.ask(summary).payments == 0
    assert holder.pid
    os.kill(holder.pid, end)
    holder.join(20)
    assert gate.scan(code, FARE).status_code == 201
    proof = house.ask(summary)
    assert (proof.payments, proof.sum_fen, proof.faults) == (1, 0, ())
