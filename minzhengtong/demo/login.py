"""Finds the demo persona who logs in without a password."""

from sqlalchemy import Connection

from minzhengtong.base.settings import Settings
from minzhengtong.demo.personas import load_personas
from minzhengtong.identity.login import LoginFailed
from minzhengtong.identity.people import Person, person_by_id


def log_in_as_persona(conn: Connection, settings: Settings, key: str) -> Person:
    """The demo persona of this key. The caller starts the session.

    Raises: LoginFailed, also for every key when `MZT_DEMO` is off.
    """
    persona = load_personas().by_key(key) if settings.demo else None
    if persona is None or persona.phone is None:
        raise LoginFailed("the key of a demo persona with an account")
    return person_by_id(conn, persona.person_id)
