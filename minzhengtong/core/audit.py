"""The audit log: rows written in the deed's own transaction, chained by hashes later, by the worker."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import (
    Column,
    Connection,
    CursorResult,
    ForeignKey,
    Index,
    Row,
    String,
    Table,
    func,
    select,
)

from minzhengtong.core.db import JsonColumn, UtcDateTime, metadata
from minzhengtong.core.errors import InvalidInput
from minzhengtong.core.later import insert_later
from minzhengtong.core.rows import BigSerial

audit_entry = Table(
    "audit_entry",
    metadata,
    Column("id", BigSerial, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("action", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("person_id", String),
    Column("app_id", String),
    Column("terminal_id", String),
    Column("detail", JsonColumn, nullable=False),
    Index("ix_audit_entry_person_id_id", "person_id", "id"),
)

audit_seal = Table(
    "audit_seal",
    metadata,
    Column("seq", BigSerial, primary_key=True, autoincrement=False),
    Column("entry_id", BigSerial, ForeignKey("audit_entry.id"), nullable=False, unique=True),
    Column("digest", String, nullable=False),
)

Entry = dict[str, Any]
"""A row of the log by its columns, without the number that the database counts."""

_GENESIS = hashlib.sha256(b"minzhengtong audit log").hexdigest()
_ANCHOR = re.compile("([1-9][0-9]{0,17}):([0-9a-f]{64})")
_LATE_ENTRIES = 1_000
"""On PostgreSQL a lower id may commit after a higher one: how far back the sealer still looks."""
_BEFORE_ALL = -(2**63)  # an entry slipped in under a negative id is seen too


@dataclass(frozen=True, slots=True)
class Anchor:
    """One seal of the chain, kept where whoever writes to this database cannot reach it."""

    seq: int
    digest: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.digest}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises: InvalidInput."""
        if not (form := _ANCHOR.fullmatch(text)):
            raise InvalidInput("a seal's number, a colon and 64 hex digits", text[:80])
        return cls(int(form[1]), form[2])


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """What `verify` found: the newest good seal, entries not sealed yet, and the first fault, if any."""

    newest: Anchor
    unsealed_ids: tuple[int, ...]
    fault: str


def record(
    conn: Connection,
    now: datetime,
    action: str,
    *,
    actor: str,
    person_id: str | None = None,
    app_id: str | None = None,
    **detail: Any,
) -> None:
    """Write one entry, made as `entry` makes it, of something at no terminal. The caller commits."""
    record_all(conn, [entry(now, action, actor=actor, person_id=person_id, app_id=app_id, **detail)])


def entry(
    now: datetime,
    action: str,
    *,
    actor: str,
    person_id: str | None = None,
    app_id: str | None = None,
    terminal_id: str | None = None,
    **detail: Any,
) -> Entry:
    """An entry to be written; `person_id` is whose data or money it concerns, and who may read it.

    `actor` is `person:<id>`, `app:<id>` or `system`. `detail` holds names of fields, amounts and reasons,
    never values of personal data, never a secret.
    """
    values = {"at": now, "action": action, "actor": actor, "person_id": person_id}
    return values | {"app_id": app_id, "terminal_id": terminal_id, "detail": detail}


def record_all(conn: Connection, entries: Iterable[Entry]) -> None:
    """Write entries in their order, at the end of the transaction. The caller commits."""
    for made in entries:
        insert_later(conn, audit_entry, made)


def of_person(conn: Connection, person_id: str, *, limit: int = 100) -> list[Row[Any]]:
    """The newest entries that concern a person: her own log."""
    query = select(audit_entry).where(audit_entry.c.person_id == person_id)
    return list(conn.execute(query.order_by(audit_entry.c.id.desc()).limit(limit)))


def seal(conn: Connection, *, limit: int = 500) -> int:
    """Chain the next unsealed entries; return how many. One sealer at a time; the caller commits."""
    last = conn.execute(select(audit_seal).order_by(audit_seal.c.seq.desc()).limit(1)).first()
    seq, digest = (last.seq, last.digest) if last else (0, _GENESIS)
    seals = []
    for entry in _unsealed(conn, after=_sealed_before(conn), limit=limit):
        seq, digest = seq + 1, _link(digest, entry)
        seals.append({"seq": seq, "entry_id": entry.id, "digest": digest})
    if seals:
        conn.execute(audit_seal.insert(), seals)
    return len(seals)


def is_all_sealed(conn: Connection) -> bool:
    """Whether `seal` has nothing to do: a look that takes no lock."""
    return not _unsealed(conn, after=_sealed_before(conn), limit=1)


def verify(conn: Connection, anchor: Anchor | None = None) -> AuditCheck:
    """Walk the whole chain and name the first sealed entry that was edited, deleted, inserted or swapped.

    A chain that was cut at its end, or made anew, holds in itself: only an `anchor` gives that away.
    """
    newest, fault = Anchor(0, _GENESIS), ""
    with _sealed(conn) as rows:
        for row in rows:
            seal = Anchor(newest.seq + 1, _link(newest.digest, row) if row.id is not None else "")
            if (row.seq, row.digest) != (seal.seq, seal.digest):
                fault = f"seal {seal.seq} (entry {row.entry_id}) does not match its chain"
            elif anchor and anchor.seq == seal.seq and anchor != seal:
                fault = f"seal {seal.seq} is another one than was kept: the log was made anew up to here"
            if fault:
                break
            newest = seal
    if anchor and not fault and newest.seq < anchor.seq:
        fault = f"seal {anchor.seq}, which was kept, is gone: the log was cut after seal {newest.seq}"
    tail = tuple(entry.id for entry in _unsealed(conn, after=_BEFORE_ALL, limit=10_000))
    return AuditCheck(newest, tail, fault)


def _sealed(conn: Connection) -> CursorResult[Any]:
    joined = audit_seal.outerjoin(audit_entry, audit_seal.c.entry_id == audit_entry.c.id)
    query = select(audit_seal.c.seq, audit_seal.c.entry_id, audit_seal.c.digest, audit_entry)
    chained = query.select_from(joined).order_by(audit_seal.c.seq)
    return conn.execute(chained, execution_options={"yield_per": 1000})


def _sealed_before(conn: Connection) -> int:
    """The id up to which no entry waits for its seal."""
    newest = conn.execute(select(func.max(audit_seal.c.entry_id))).scalar() or 0
    return int(newest) - _LATE_ENTRIES


def _unsealed(conn: Connection, *, after: int, limit: int) -> list[Row[Any]]:
    joined = audit_entry.outerjoin(audit_seal, audit_seal.c.entry_id == audit_entry.c.id)
    query = select(audit_entry).select_from(joined).where(audit_entry.c.id > after)
    return list(conn.execute(query.where(audit_seal.c.seq.is_(None)).order_by(audit_entry.c.id).limit(limit)))


def _link(previous: str, entry: Row[Any]) -> str:
    fields = [entry.id, entry.at.isoformat(), entry.action, entry.actor]
    fields += [entry.person_id, entry.app_id, entry.terminal_id, entry.detail]
    text = json.dumps([previous, *fields], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
