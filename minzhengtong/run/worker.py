"""The worker, one loop: delivers events, seals the audit log, moves keys on, sweeps old rows."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from minzhengtong.audit.seal import is_all_sealed, seal_entries
from minzhengtong.base.rooms import modules_named
from minzhengtong.db.sweep import Sweep
from minzhengtong.keys import rotation
from minzhengtong.keys.models import KeyState, KeyUse
from minzhengtong.runtime import Runtime

TICK_SECONDS = 0.25
"""The wait between two rounds: an event must arrive within a second."""
PAUSE_SECONDS = 1.0
"""The wait after a job that failed."""
SWEEP_EVERY_SECONDS = 60
SEAL_BATCH = 500
"""Log entries sealed in one transaction, which holds the write lock for some 25 ms."""
SWEEP_BATCH = 500
"""Rows deleted in one transaction, which holds the write lock for a few milliseconds."""

log = logging.getLogger(__name__)


def work(runtime: Runtime, deliver_due: Callable[[], object], stopping: Callable[[], bool]) -> None:
    """Work until `stopping()`. A job that fails is tried again in the next round; the other jobs go on."""
    sweep_at_times = _at_most_every(SWEEP_EVERY_SECONDS, partial(sweep, runtime))
    jobs = (deliver_due, partial(_seal, runtime), partial(move_keys_on, runtime), sweep_at_times)
    while not stopping():
        for job in jobs:
            if not stopping() and not _is_done(job):
                time.sleep(PAUSE_SECONDS)
        time.sleep(TICK_SECONDS)


def _is_done(job: Callable[[], object]) -> bool:
    try:
        job()
    except SQLAlchemyError as error:  # the database is away: wait for it
        log.warning("worker: the database did not answer, trying again: %s", error)
        return False
    except Exception:  # a mistake in one job must not stop the others
        log.exception("worker: a job failed, trying again")
        return False
    return True


def _at_most_every(seconds: float, job: Callable[[], object]) -> Callable[[], None]:
    done_at = -seconds

    def do() -> None:
        nonlocal done_at
        if time.monotonic() - done_at >= seconds:
            job()
            done_at = time.monotonic()

    return do


def move_keys_on(runtime: Runtime) -> None:
    """Move due keys to their next state; the file of a revoked key is deleted after the commit."""
    now = runtime.clock.now()
    with runtime.db.read() as conn:
        if not rotation.is_due(conn, now):
            return
    with runtime.db.write() as conn:
        moved = rotation.move_on(conn, now, _verified_for())
    for key in moved:
        log.warning("key %s is %s", key.kid, key.state)
        if key.state is KeyState.REVOKED:
            runtime.keyring.destroy(key.kid)


def sweep(runtime: Runtime) -> int:
    """Delete the expired rows of every room in small batches; return how many there were."""
    return sum(_sweep_table(runtime, rule) for rule in swept())


def swept() -> list[Sweep]:
    """The rules of every room's `sweeps.py`, in the order in which they stand there."""
    return [Sweep(*rule) for room in modules_named("sweeps") for rule in room.SWEPT]


def _verified_for() -> dict[KeyUse, timedelta]:
    rules: dict[KeyUse, timedelta] = {}
    for room in modules_named("sweeps"):
        rules |= getattr(room, "VERIFIED_FOR", {})
    return rules


def _sweep_table(runtime: Runtime, rule: Sweep) -> int:
    statement, before, total = rule.statement(SWEEP_BATCH), runtime.clock.now() - rule.keep, 0
    while True:
        with runtime.db.write() as conn:
            count = conn.execute(statement, {"before": before}).rowcount
        total += count
        if count < SWEEP_BATCH:
            return total


def _seal(runtime: Runtime) -> None:
    with runtime.db.read() as conn:
        if is_all_sealed(conn):
            return
    # Only a full batch is followed by another at once. Sealing each new entry without a pause halved the rate
    # of the web processes that wrote them.
    sealed = SEAL_BATCH
    while sealed == SEAL_BATCH:
        with runtime.db.write() as conn:
            sealed = seal_entries(conn, limit=SEAL_BATCH)
