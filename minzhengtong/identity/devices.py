"""Devices on which a person has logged in before: the browser holds a secret, the database its digest."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from minzhengtong.base.digest import digest
from minzhengtong.db.upsert import dialect_insert
from minzhengtong.identity.models import login_device

LIFE = timedelta(days=180)
"""Since the last login there."""


def known_device(conn: Connection, now: datetime, person_id: str, secret: str) -> str | None:
    """The device's digest if this person has logged in there; one device may be known to several people."""
    column = login_device.c
    mine = (column.device_digest == digest(secret), column.person_id == person_id, column.expires_at > now)
    return conn.execute(select(column.device_digest).where(*mine)).scalar()


def remember_device(conn: Connection, now: datetime, person_id: str, secret: str) -> None:
    """Let this device be known from now on. The caller commits."""
    values = {"device_digest": digest(secret), "person_id": person_id, "expires_at": now + LIFE}
    known = dialect_insert(conn, login_device).values(values)
    conn.execute(known.on_conflict_do_update(index_elements=list(login_device.primary_key), set_=values))
