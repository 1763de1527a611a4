"""Login sessions as rows: the browser holds the id, the database only its digest."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select, update

from minzhengtong.audit.log import record_entry
from minzhengtong.base.digest import digest
from minzhengtong.base.ids import new_secret
from minzhengtong.db.row_insert import RowInsert
from minzhengtong.identity.models import login_session, person, person_role
from minzhengtong.identity.people import PERSON_COLUMNS, Person, person_of

_INSERT = RowInsert(login_session, "ended_at", "ended_why")
LIFE = timedelta(hours=12)
"""Absolute: using a session does not prolong it."""

_SESSION_COLUMNS = (
    login_session.c.id_digest,
    login_session.c.person_id,
    login_session.c.sid_secret,
    login_session.c.auth_time,
    login_session.c.acr,
    login_session.c.amr,
    login_session.c.expires_at,
)
_LIVE = (  # every page asks this: session, person and one row for each role
    select(*_SESSION_COLUMNS, *PERSON_COLUMNS)
    .join(person, person.c.id == login_session.c.person_id)
    .outerjoin(person_role, person_role.c.person_id == person.c.id)
    .where(login_session.c.id_digest == bindparam("id_digest"))
    .where(login_session.c.ended_at.is_(None), login_session.c.expires_at > bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class LoginSession:
    """One login of one person in one browser. `sid_secret` gives each client a different sid."""

    id_digest: str
    person_id: str
    sid_secret: bytes
    auth_time: datetime
    acr: str
    amr: tuple[str, ...]
    expires_at: datetime


def start_session(
    conn: Connection, now: datetime, who: Person, amr: tuple[str, ...]
) -> tuple[str, LoginSession]:
    """Start a session; the id returned with it is for the cookie only. The caller commits."""
    session_id = new_secret()
    acr = f"urn:mzt:acr:{2 if who.level >= 2 else 1}"
    session = LoginSession(
        digest(session_id), who.id, secrets.token_bytes(32), now, acr, amr, expires_at=now + LIFE
    )
    _INSERT.run(
        conn,
        {
            "id_digest": session.id_digest,
            "person_id": who.id,
            "sid_secret": session.sid_secret,
            "auth_time": now,
            "acr": acr,
            "amr": list(amr),
            "created_at": now,
            "expires_at": session.expires_at,
        },
    )
    record_entry(conn, now, "session.started", actor=f"person:{who.id}", person_id=who.id, amr=list(amr))
    return session_id, session


def live_session(conn: Connection, now: datetime, session_id: str) -> tuple[LoginSession, Person] | None:
    """The session and its person, roles included, in one query; None once ended or expired."""
    rows = conn.execute(_LIVE, {"id_digest": digest(session_id), "now": now}).all()
    who = person_of(rows)
    if who is None:
        return None
    row = rows[0]
    session = LoginSession(
        row.id_digest, row.person_id, row.sid_secret, row.auth_time, row.acr, tuple(row.amr), row.expires_at
    )
    return session, who


def renew_session(
    conn: Connection, now: datetime, session: LoginSession, amr: tuple[str, ...]
) -> LoginSession | None:
    """The same session after its person logged in again; their apps stay logged in. The caller commits.

    None when it was ended meanwhile by a logout in another tab, of which the apps were already notified.
    """
    renewed = replace(session, auth_time=now, amr=amr, expires_at=now + LIFE)
    values = {"auth_time": now, "amr": list(amr), "expires_at": renewed.expires_at}
    living = (login_session.c.id_digest == session.id_digest, login_session.c.ended_at.is_(None))
    renewing = update(login_session).where(*living).values(**values).returning(login_session.c.id_digest)
    if conn.execute(renewing).first() is None:
        return None
    record_entry(
        conn,
        now,
        "session.renewed",
        actor=f"person:{session.person_id}",
        person_id=session.person_id,
        amr=list(amr),
    )
    return renewed


def end_session(conn: Connection, now: datetime, id_digest: str, why: str) -> bool:
    """End a session; False when it had ended before. The caller commits."""
    ended = (
        update(login_session)
        .where(login_session.c.id_digest == id_digest, login_session.c.ended_at.is_(None))
        .values(ended_at=now, ended_why=why)
        .returning(login_session.c.person_id)
    )
    person_id = conn.execute(ended).scalar()
    if person_id is None:
        return False
    record_entry(conn, now, "session.ended", actor=f"person:{person_id}", person_id=person_id, why=why)
    return True
