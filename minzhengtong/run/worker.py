"""The worker: delivers events, seals the audit log, moves keys on, sweeps what has expired. One loop."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from sqlalchemy import Column, delete, select, tuple_
from sqlalchemy.exc import SQLAlchemyError

from minzhengtong.audit.seal import is_all_sealed, seal_entries
from minzhengtong.codes import signers as code_keys
from minzhengtong.codes.models import issued_code
from minzhengtong.idempotency import answers as idempotency
from minzhengtong.idempotency.models import idempotency_record
from minzhengtong.identity.models import login_failure
from minzhengtong.keys import rotation
from minzhengtong.keys.models import KeyState, KeyUse
from minzhengtong.oidc import signing as oidc_keys
from minzhengtong.oidc.models import access_token, authorization_code, interaction
from minzhengtong.runtime import Runtime

TICK_SECONDS = 0.25
"""How soon an event is seen: well under the second in which it must arrive."""
PAUSE_SECONDS = 1.0
"""After a job that failed."""
SWEEP_EVERY_SECONDS = 60
SEAL_BATCH = 500
"""Log entries sealed in one transaction: a tenth of a tick of the write lock."""
SWEEP_BATCH = 500
"""Rows deleted in one transaction: a few milliseconds of the write lock."""

SWEPT: tuple[tuple[Column[object], timedelta], ...] = (
    (interaction.c.expires_at, timedelta(hours=1)),
    (authorization_code.c.expires_at, timedelta(days=1)),  # kept a while: a replay must be recognised
    (access_token.c.expires_at, timedelta(days=1)),
    (issued_code.c.expires_at, timedelta(days=1)),
    (idempotency_record.c.created_at, idempotency.KEPT_FOR),
    (login_failure.c.at, timedelta(days=2)),
)
"""Which rows go, and how long after their time. Sessions stay: they are few, and part of the person's log."""

VERIFIED_FOR = {KeyUse.CODE: code_keys.VERIFIED_FOR, KeyUse.ID_TOKEN: oidc_keys.VERIFIED_FOR}

log = logging.getLogger(__name__)


def work(runtime: Runtime, deliver_due: Callable[[], object], stopping: Callable[[], bool]) -> None:
    """Work until `stopping()`. A job that fails is tried again, and keeps no other from its turn."""
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
    except SQLAlchemyError as error:  # a database that is away is waited for, not died of
        log.warning("worker: the database did not answer, trying again: %s", error)
        return False
    except Exception:
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
    """Let the keys whose time has come sign or end; an ended key's file goes after the commit."""
    now = runtime.clock.now()
    with runtime.db.read() as conn:
        if not rotation.is_due(conn, now):
            return
    with runtime.db.write() as conn:
        moved = rotation.move_on(conn, now, VERIFIED_FOR)
    for key in moved:
        log.warning("key %s is %s", key.kid, key.state)
        if key.state is KeyState.REVOKED:
            runtime.keyring.destroy(key.kid)


def sweep(runtime: Runtime) -> int:
    """Delete expired rows in small batches; return how many went."""
    return sum(_sweep_table(runtime, column, keep) for column, keep in SWEPT)


def _sweep_table(runtime: Runtime, column: Column[object], keep: timedelta) -> int:
    table, total = column.table, 0
    key = tuple_(*table.primary_key.columns)
    expired = select(*table.primary_key.columns).where(column < runtime.clock.now() - keep).limit(SWEEP_BATCH)
    while True:
        with runtime.db.write() as conn:
            count = conn.execute(delete(table).where(key.in_(expired))).rowcount
        total += count
        if count < SWEEP_BATCH:
            return total


def _seal(runtime: Runtime) -> None:
    with runtime.db.read() as conn:
        if is_all_sealed(conn):
            return
    # Only full batches are followed at once: whoever chases the last entry seals a few at a time without
    # a pause, and took half the rate from the web processes that wrote them.
    sealed = SEAL_BATCH
    while sealed == SEAL_BATCH:
        with runtime.db.write() as conn:
            sealed = seal_entries(conn, limit=SEAL_BATCH)
