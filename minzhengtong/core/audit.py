"""The audit log: rows written in the deed's own transaction, chained by hashes later, by the worker."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    Row,
    String,
    Table,
    bindparam,
    func,
    insert,
    select,
)

from minzhengtong.core.db import JsonColumn, UtcDateTime, metadata
from minzhengtong.core.prepared import Prepared
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
_LATE_ENTRIES = 1_000
"""On PostgreSQL a lower id may commit after a higher one: how far back the sealer still looks."""
_BEFORE_ALL = -(2**63)  # an entry slipped in under a negative id is seen too


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """What `verify` found: sealed entries in order, entries not sealed yet, and the first fault, if any."""

    sealed: int
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
    terminal_id: str | None = None,
    **detail: Any,
) -> None:
    """Write one entry, made as `entry` makes it. The caller commits."""
    place = {"app_id": app_id, "terminal_id": terminal_id}
    record_all(conn, [entry(now, action, actor=actor, person_id=person_id, **place, **detail)])


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


def record_all(conn: Connection, entries: Sequence[Entry]) -> None:
    """Write entries in their order by one statement. The caller commits."""
    if entries:
        values = {f"{name}_{row}": fact for row, made in enumerate(entries) for name, fact in made.items()}
        _insert_of(len(entries)).run(conn, values)


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


def verify(conn: Connection) -> AuditCheck:
    """Walk the whole chain and name the first sealed entry that was edited, deleted, inserted or swapped."""
    joined = audit_seal.outerjoin(audit_entry, audit_seal.c.entry_id == audit_entry.c.id)
    rows = conn.execute(
        select(audit_seal.c.seq, audit_seal.c.entry_id, audit_seal.c.digest, audit_entry)
        .select_from(joined)
        .order_by(audit_seal.c.seq),
        execution_options={"yield_per": 1000},
    )
    digest, count, fault = _GENESIS, 0, ""
    with rows:
        for row in rows:
            count += 1
            digest = _link(digest, row) if row.id is not None else ""
            if row.seq != count or digest != row.digest:
                fault = f"seal {count} (entry {row.entry_id}) does not match its chain"
                break
    tail = tuple(entry.id for entry in _unsealed(conn, after=_BEFORE_ALL, limit=10_000))
    return AuditCheck(count, tail, fault)


def _sealed_before(conn: Connection) -> int:
    """The id up to which no entry waits for its seal."""
    newest = conn.execute(select(func.max(audit_seal.c.entry_id))).scalar() or 0
    return int(newest) - _LATE_ENTRIES


@cache
def _insert_of(count: int) -> Prepared:
    columns = [column for column in audit_entry.columns if column.name != "id"]
    rows = [
        {column.name: bindparam(f"{column.name}_{row}", type_=column.type) for column in columns}
        for row in range(count)
    ]
    return Prepared(insert(audit_entry).inline().values(rows))


def _unsealed(conn: Connection, *, after: int, limit: int) -> list[Row[Any]]:
    joined = audit_entry.outerjoin(audit_seal, audit_seal.c.entry_id == audit_entry.c.id)
    query = select(audit_entry).select_from(joined).where(audit_entry.c.id > after)
    return list(conn.execute(query.where(audit_seal.c.seq.is_(None)).order_by(audit_entry.c.id).limit(limit)))


def _link(previous: str, entry: Row[Any]) -> str:
    fields = [entry.id, entry.at.isoformat(), entry.action, entry.actor]
    fields += [entry.person_id, entry.app_id, entry.terminal_id, entry.detail]
    text = json.dumps([previous, *fields], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
