"""Freezes and unfreezes a person's code (口头挂失)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, bindparam, select, update

from minzhengtong.audit.log import record_entry
from minzhengtong.base.errors import Forbidden
from minzhengtong.codes.models import code_holder
from minzhengtong.db.upsert import insert_if_new

_HELD = (
    select(code_holder.c.frozen_at, code_holder.c.freezes)
    .where(code_holder.c.person_id == bindparam("person"))
    .with_for_update(read=True)
)

Freezer = Literal["holder", "platform"]


class FrozenByPlatform(Forbidden):
    """Raised when a holder lifts a freeze that the platform set."""

    code = "frozen_by_platform"
    title = "The platform froze this code"


@dataclass(frozen=True, slots=True)
class Holder:
    """The state of a person's code; `frozen_at` None means it may be spent."""

    person_id: str
    frozen_at: datetime | None
    frozen_by: str | None

    @property
    def is_frozen(self) -> bool:
        return self.frozen_at is not None


def holder_of(conn: Connection, person_id: str) -> Holder:
    """Return the person's state; a person without a row is not frozen."""
    columns = (code_holder.c.person_id, code_holder.c.frozen_at, code_holder.c.frozen_by)
    row = conn.execute(select(*columns).where(code_holder.c.person_id == person_id)).first()
    return Holder(*row) if row else Holder(person_id, None, None)


def open_holder(conn: Connection, person_id: str) -> bool:
    """Insert the person's row if it is missing; return whether it was. The caller commits."""
    values = {"person_id": person_id, "issued_seq": 0, "spent_seq": 0}
    return insert_if_new(conn, code_holder, {**values, "frozen_at": None, "frozen_by": None})


def freeze(conn: Connection, now: datetime, person_id: str, by: Freezer) -> bool:
    """Freeze every code of the person, and end every open scan; return whether that changed anything.

    The caller commits.
    """
    open_holder(conn, person_id)
    free = update(code_holder).where(code_holder.c.person_id == person_id, code_holder.c.frozen_at.is_(None))
    frozen = free.values(frozen_at=now, frozen_by=by, freezes=code_holder.c.freezes + 1).returning(
        code_holder.c.person_id
    )
    return _noted(conn, now, "code.frozen", person_id, by, conn.execute(frozen).first() is not None)


def hold_unfrozen(conn: Connection, person_id: str, freezes: int) -> bool:
    """Whether the person's code was not frozen again since its `freezes`-th time.

    The row is locked until the caller commits: a freeze at the same time waits for what is done meanwhile.
    """
    row = conn.execute(_HELD, {"person": person_id}).first()
    return row is not None and row.frozen_at is None and row.freezes == freezes


def unfreeze(conn: Connection, now: datetime, person_id: str, by: Freezer) -> bool:
    """Let codes be spent again; return whether they were frozen.

    A holder can lift only a freeze by the holder. The caller commits. Raises: FrozenByPlatform.
    """
    table = code_holder
    mine = update(table).where(table.c.person_id == person_id, table.c.frozen_at.is_not(None))
    if by == "holder":
        mine = mine.where(table.c.frozen_by == by)
    lifted = conn.execute(mine.values(frozen_at=None, frozen_by=None).returning(table.c.person_id)).first()
    if lifted is None and holder_of(conn, person_id).is_frozen:
        raise FrozenByPlatform("a freeze of the holder's own", "a freeze by the platform")
    return _noted(conn, now, "code.unfrozen", person_id, by, lifted is not None)


def _noted(conn: Connection, now: datetime, action: str, person_id: str, by: Freezer, changed: bool) -> bool:
    if changed:
        actor = f"person:{person_id}" if by == "holder" else "system"
        record_entry(conn, now, action, actor=actor, person_id=person_id)
    return changed
