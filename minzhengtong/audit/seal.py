"""Seals the log's entries into a hash chain, and verifies the chain."""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import Connection, CursorResult, Row, func, select

from minzhengtong.audit.models import audit_entry, audit_seal
from minzhengtong.base.errors import InvalidInput

_GENESIS = hashlib.sha256(b"minzhengtong audit log").hexdigest()
_ANCHOR = re.compile("([1-9][0-9]{0,17}):([0-9a-f]{64})")
_LATE_ENTRIES = 1_000
"""How many ids back the sealer looks: on PostgreSQL a lower id may commit after a higher one."""
_BEFORE_ALL = -(2**63)  # so that an entry inserted with a negative id is found too


@dataclass(frozen=True, slots=True)
class Anchor:
    """The number and digest of one seal, to be stored where writers of this database have no access."""

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
    """What `verify_chain` found: the newest good seal, unsealed entries, and the first fault, if any."""

    newest: Anchor
    unsealed_ids: tuple[int, ...]
    fault: str


def seal_entries(conn: Connection, *, limit: int = 500) -> int:
    """Seal the next unsealed entries; return how many. Only one sealer may run. The caller commits."""
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
    """Return whether `seal_entries` has nothing to do; takes no lock."""
    return not _unsealed(conn, after=_sealed_before(conn), limit=1)


def verify_chain(conn: Connection, anchor: Anchor | None = None) -> AuditCheck:
    """Walk the whole chain and name the first sealed entry that was edited, deleted, inserted or swapped.

    A chain that was cut at its end or made anew is consistent in itself: only an `anchor` reveals that.
    `conn` is a snapshot, so that the chain does not grow meanwhile.
    """
    newest, fault = Anchor(0, _GENESIS), ""
    with _sealed(conn) as rows:
        for row in rows:
            seal = Anchor(newest.seq + 1, _link(newest.digest, row) if row.id is not None else "")
            if (row.seq, row.digest) != (seal.seq, seal.digest):
                fault = f"seal {seal.seq} (entry {row.entry_id}) does not match its chain"
            elif anchor and anchor.seq == seal.seq and anchor != seal:
                fault = f"seal {seal.seq} differs from the anchor: the log was made anew up to here"
            if fault:
                break
            newest = seal
    if anchor and not fault and newest.seq < anchor.seq:
        fault = f"seal {anchor.seq} of the anchor is missing: the log was cut after seal {newest.seq}"
    tail = tuple(entry.id for entry in _unsealed(conn, after=_BEFORE_ALL, limit=10_000))
    return AuditCheck(newest, tail, fault)


def _sealed(conn: Connection) -> CursorResult[Any]:
    joined = audit_seal.outerjoin(audit_entry, audit_seal.c.entry_id == audit_entry.c.id)
    query = select(audit_seal.c.seq, audit_seal.c.entry_id, audit_seal.c.digest, audit_entry)
    chained = query.select_from(joined).order_by(audit_seal.c.seq)
    return conn.execute(chained, execution_options={"yield_per": 1000})


def _sealed_before(conn: Connection) -> int:
    """Return the id up to which every entry is sealed."""
    newest = conn.execute(select(func.max(audit_seal.c.entry_id))).scalar() or 0
    return int(newest) - _LATE_ENTRIES


def _unsealed(conn: Connection, *, after: int, limit: int) -> list[Row[Any]]:
    # Both bounds: PostgreSQL merges the two by their ids and would read every seal there is.
    is_its_seal = (audit_seal.c.entry_id == audit_entry.c.id) & (audit_seal.c.entry_id > after)
    query = select(audit_entry).outerjoin(audit_seal, is_its_seal).where(audit_entry.c.id > after)
    return list(conn.execute(query.where(audit_seal.c.seq.is_(None)).order_by(audit_entry.c.id).limit(limit)))


def _link(previous: str, entry: Row[Any]) -> str:
    fields = [entry.id, entry.at.isoformat(), entry.action, entry.actor]
    fields += [entry.person_id, entry.app_id, entry.terminal_id, entry.detail]
    text = json.dumps([previous, *fields], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
