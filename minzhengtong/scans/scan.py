"""A scan: one use of a code at a terminal, in one transaction.

A refusal is a result like a pass: it is written and committed, not raised.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from minzhengtong.audit.log import Entry, record_entries
from minzhengtong.base.ids import new_id
from minzhengtong.codes.cose import CodeRefused
from minzhengtong.codes.spend import SpendRefused, Spent, spend
from minzhengtong.registry.terminals import Terminal
from minzhengtong.scans.fulfil import Use, fulfil, note_of_verdict, notes_of
from minzhengtong.scans.outcome import (
    SESSION_SECONDS,
    STEPS,
    Done,
    Items,
    Outcome,
    Refusal,
    Scan,
    StepName,
)
from minzhengtong.scans.reading import Reading, refusal_of
from minzhengtong.scans.store import save_scan
from minzhengtong.wants.wants import Want, proofs_of


def scan_code(
    conn: Connection,
    now: datetime,
    terminal: Terminal,
    reading: Reading,
    wants: Sequence[Want],
    *,
    idempotency_key: str,
) -> Scan:
    """Spend the code and fulfil the wants. The caller has checked the scopes, and commits.

    A code whose signature and time are valid stays spent, also if a certificate or the balance is then
    missing: the phone shows the next code. After a pass the terminal may ask for more during
    `SESSION_SECONDS`.
    """
    scan_id, done = new_id("scan", now), Done()
    spent, person_id, refused = _spend(conn, now, reading, scan_id)
    notes: list[Entry] = []
    if spent:
        use = Use(scan_id, spent.person_id, spent.scope, terminal, idempotency_key)
        result = fulfil(conn, now, use, wants)
        if isinstance(result, Refusal):
            refused = result
        else:
            done, notes = result, notes_of(now, use, result)
    made = Scan(
        id=scan_id,
        app_id=terminal.app_id,
        terminal_id=terminal.id,
        person_id=person_id,
        verdict="pass",
        reason=None,
        expected="",
        received="",
        items=Items(
            int(spent.scope) if spent else 0, _outcomes(reading, wants), *done, spent.freezes if spent else 0
        ),
        scanned_at=now,
        session_ends_at=now + timedelta(seconds=SESSION_SECONDS),
    )
    if refused:
        made = made.refused_by(refused)
    save_scan(conn, made, spent.cti if spent else None)
    record_entries(conn, [*notes, note_of_verdict(now, terminal, made)])
    return made


def _spend(
    conn: Connection, now: datetime, reading: Reading, scan_id: str
) -> tuple[Spent | None, str | None, Refusal | None]:
    if isinstance(reading, Refusal):
        return None, None, reading
    try:
        spent = spend(conn, now, reading, scan_id)
    except CodeRefused as refused:
        return None, None, refusal_of(refused)
    except SpendRefused as refused:
        refusal = Refusal("spend", refused.reason, refused.expected, refused.received)
        return None, refused.person_id, refusal
    return spent, spent.person_id, None


def _outcomes(reading: Reading, wants: Sequence[Want]) -> dict[StepName, Outcome]:
    """The outcome of each step if nothing refuses."""
    outcomes: dict[StepName, Outcome] = dict.fromkeys(STEPS, "ok")
    if isinstance(reading, str):
        outcomes["signature"] = "skipped"
    if not proofs_of(wants):
        outcomes["certificate"] = "skipped"
    if len(proofs_of(wants)) == len(wants):
        outcomes["money"] = "skipped"
    return outcomes
