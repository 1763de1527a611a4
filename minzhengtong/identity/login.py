"""Checks phone number and password. The caller starts the session."""

from typing import NoReturn

from minzhengtong.audit.log import record_entry
from minzhengtong.base.errors import NotAuthenticated
from minzhengtong.identity.guessing import note_failure, refuse_guessing
from minzhengtong.identity.passwords import password_matches
from minzhengtong.identity.people import Person, credentials
from minzhengtong.runtime import Runtime


class LoginFailed(NotAuthenticated):
    """Phone number and password do not match. The error does not say which of them is wrong."""

    code = "login_failed"
    title = "Phone number or password is wrong"


def log_in(runtime: Runtime, phone: str, password: str) -> Person:
    """The person with this phone number and password.

    Opens its own short transactions, because no transaction may be open while a password is hashed; a success
    commits nothing. Raises: LoginFailed, after the same time whether phone or password is wrong; TooMany.
    """
    with runtime.db.read() as conn:
        refuse_guessing(conn, runtime.clock.now(), phone)
        person, password_hash = credentials(conn, phone)
    if not password_matches(password_hash, password) or person is None:
        _fail(runtime, phone, person)
    # Attempts that were hashed at the same time may have reached the limit meanwhile.
    with runtime.db.read() as conn:
        refuse_guessing(conn, runtime.clock.now(), phone)
    return person


def _fail(runtime: Runtime, phone: str, person: Person | None) -> NoReturn:
    now, person_id = runtime.clock.now(), person.id if person else None
    with runtime.db.write() as conn:
        note_failure(conn, now, phone)
        record_entry(conn, now, "login.refused", actor="system", person_id=person_id)
    raise LoginFailed("a phone number and its password")
