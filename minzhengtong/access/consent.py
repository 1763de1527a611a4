"""What a person allowed an app to read, and until when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from minzhengtong.access.models import consent
from minzhengtong.audit.log import record_entry
from minzhengtong.db.upsert import insert_if_new
from minzhengtong.oidc.tokens import revoke_of_person
from minzhengtong.registry.scopes import Tier, scope_named

CONSENT_DAYS = 365

_STANDING = (
    select(consent.c.scopes)
    .where(consent.c.person_id == bindparam("person"), consent.c.app_id == bindparam("app"))
    .where(consent.c.revoked_at.is_(None), consent.c.expires_at > bindparam("now"))
)
_ENDED = (
    select(consent.c.revoked_at)
    .where(consent.c.person_id == bindparam("person"), consent.c.app_id == bindparam("app"))
    .with_for_update(read=True)
)
_HELD = _STANDING.with_for_update(read=True)


@dataclass(frozen=True, slots=True)
class Consent:
    """One consent that is in force: what an app may read of a person, and until when."""

    app_id: str
    scopes: tuple[str, ...]
    granted_at: datetime
    expires_at: datetime


def consents_of(conn: Connection, now: datetime, person_id: str) -> list[Consent]:
    """The consents of a person that are in force, the newest first."""
    query = select(consent).where(consent.c.person_id == person_id, *_live(now))
    rows = conn.execute(query.order_by(consent.c.granted_at.desc(), consent.c.app_id))
    return [Consent(row.app_id, tuple(row.scopes), row.granted_at, row.expires_at) for row in rows]


def consented_scopes(conn: Connection, now: datetime, person_id: str, app_id: str) -> tuple[str, ...]:
    """The scopes of the consent in force, in the order of the consent sheet; empty if there is none."""
    row = conn.execute(_STANDING, {"person": person_id, "app": app_id, "now": now}).first()
    return tuple(row.scopes) if row else ()


def missing_scopes(
    conn: Connection, now: datetime, person_id: str, app_id: str, asked: Iterable[str]
) -> list[str]:
    """The scopes of `asked` that need this person's consent and do not have it.

    Computed for every request, so that an old consent never covers a scope that was added later.
    """
    personal = _personal(asked)
    if not personal:
        return []
    standing = consented_scopes(conn, now, person_id, app_id)
    return [name for name in personal if name not in standing or scope_named(name).tier is Tier.EACH_TIME]


def hold(conn: Connection, now: datetime, person_id: str, app_id: str, scopes: Iterable[str]) -> bool:
    """Whether the consent that these scopes need is in force; its row is locked until the caller commits.

    A person who revokes the consent waits for that commit, and so also revokes the token written meanwhile.
    """
    personal = _personal(scopes)
    if not personal:
        return True
    row = conn.execute(_HELD, {"person": person_id, "app": app_id, "now": now}).first()
    return row is not None and set(personal) <= set(row.scopes)


def consent_ended_since(conn: Connection, person_id: str, app_id: str, since: datetime) -> bool:
    """Whether the person took back her consent to this app at `since` or later, and gave no other.

    The row is locked until the caller commits, as by `hold`.
    """
    row = conn.execute(_ENDED, {"person": person_id, "app": app_id}).first()
    return row is not None and row.revoked_at is not None and row.revoked_at >= since


def scopes_of_sheet(
    conn: Connection, now: datetime, person_id: str, app_id: str, asked: Iterable[str]
) -> list[str]:
    """The scopes that a yes would allow: those asked for, and those of the consent in force.

    The sheet shows both, because a yes extends both.
    """
    return list(dict.fromkeys((*_personal(asked), *consented_scopes(conn, now, person_id, app_id))))


def grant(conn: Connection, now: datetime, person_id: str, app_id: str, scopes: Iterable[str]) -> None:
    """Allow these scopes for `CONSENT_DAYS`, in place of those allowed before. The caller commits."""
    allowed = list(scopes)
    values = {
        "scopes": allowed,
        "granted_at": now,
        "expires_at": now + timedelta(days=CONSENT_DAYS),
        "revoked_at": None,
    }
    if not insert_if_new(conn, consent, {"person_id": person_id, "app_id": app_id, **values}):
        mine = (consent.c.person_id == person_id, consent.c.app_id == app_id)
        conn.execute(update(consent).where(*mine).values(**values))
    actor = f"person:{person_id}"
    record_entry(
        conn, now, "consent.granted", actor=actor, person_id=person_id, app_id=app_id, scopes=allowed
    )


def revoke(conn: Connection, now: datetime, person_id: str, app_id: str) -> bool:
    """Revoke a consent and its tokens; return whether there was one. The caller commits."""
    live = (consent.c.person_id == person_id, consent.c.app_id == app_id, consent.c.revoked_at.is_(None))
    ended = update(consent).where(*live).values(revoked_at=now).returning(consent.c.app_id)
    if conn.execute(ended).first() is None:
        return False
    revoke_of_person(conn, now, person_id, app_id)
    actor = f"person:{person_id}"
    record_entry(conn, now, "consent.revoked", actor=actor, person_id=person_id, app_id=app_id)
    return True


def _personal(asked: Iterable[str]) -> list[str]:
    return [name for name in asked if scope_named(name).tier in (Tier.CONSENT, Tier.EACH_TIME)]


def _live(now: datetime) -> tuple[Any, Any]:
    return consent.c.revoked_at.is_(None), consent.c.expires_at > now
