"""The code holders among the demo people. One that exists is neither frozen nor unfrozen."""

from datetime import datetime

from sqlalchemy import Connection

from minzhengtong.codes.holder import freeze, open_holder
from minzhengtong.demo.personas import load_personas

AFTER = ("identity",)


def seed(conn: Connection, now: datetime) -> None:
    """Open every persona's holder row; freeze those whose account is frozen, once. The caller commits."""
    for persona in load_personas().people:
        if open_holder(conn, persona.person_id) and persona.frozen:
            freeze(conn, now, persona.person_id, "platform")
