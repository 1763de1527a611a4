"""Checks phone number and password. The caller starts the session."""

from datetime import datetime
from typing import NoReturn

from sqlalchemy import Connection

from minzhengtong.base.digest import digest
from minzhengtong.base.errors import NotAuthenticated
from minzhengtong.identity.devices import known_device
from minzhengtong.identity.guessing import Attempt, note_failure, refuse_guessing
from minzhengtong.identity.passwords import password_matches
from minzhengtong.identity.people import Person, credentials
from minzhengtong.identity.phones import phone_number
from minzhengtong.runtime import Runtime


class LoginFailed(NotAuthenticated):
    """Phone number and password do not match. The error does not say which of them is wrong."""

    code = "login_failed"
    title = "Phone number or password is wrong"


def log_in(runtime: Runtime, phone: str, password: str, *, device: str, address: str) -> Person:
    """The person with this phone number, however it is written, and this password.

    `device` is the secret in the browser's cookie, or empty; `address` the network address. Opens its own
    short transactions, because none may be open while a password is hashed; a success commits nothing.
    Raises: LoginFailed, after the same time whether phone or password is wrong; TooMany.
    """
    now, phone = runtime.clock.now(), phone_number(phone)
    with runtime.db.read() as conn:
        person, password_hash = credentials(conn, phone)
        attempt = _attempt(conn, now, phone, person, device, address)
        refuse_guessing(conn, now, attempt)
    if not password_matches(password_hash, password) or person is None:
        _fail(runtime, attempt)
    # Attempts that were hashed at the same time may have reached a limit meanwhile.
    with runtime.db.read() as conn:
        refuse_guessing(conn, runtime.clock.now(), attempt)
    return person


def _attempt(
    conn: Connection, now: datetime, phone: str, person: Person | None, device: str, address: str
) -> Attempt:
    """Unknown phone numbers share 65,536 counts: they are refused as known ones are, and fill no table."""
    person_id = person.id if person else None
    known = known_device(conn, now, person_id or "", device)
    return Attempt(person_id or f"unknown {digest(phone)[:4]}", person_id, known, address)


def _fail(runtime: Runtime, attempt: Attempt) -> NoReturn:
    with runtime.db.write() as conn:
        note_failure(conn, runtime.clock.now(), attempt)
    raise LoginFailed("a phone number and its password")
