"""Adds the demo people. Their wallets, certificates and codes are seeded by the modules beside this one."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from minzhengtong.demo.personas import Persona, load_personas
from minzhengtong.identity.models import person
from minzhengtong.identity.passwords import hash_password
from minzhengtong.identity.people import Person, add_person


def seed(conn: Connection, now: datetime) -> int:
    """Add the demo people who are missing; return how many. The caller commits."""
    records = load_personas()
    known = conn.execute(select(func.count()).where(person.c.persona.is_not(None))).scalar_one()
    if known >= len(records.people):
        return 0  # without hashing: every start comes here
    shared_hash = hash_password(records.password)
    return sum(_add(conn, now, record, shared_hash) for record in records.people)


def _add(conn: Connection, now: datetime, record: Persona, password_hash: str) -> bool:
    new = Person(
        id=record.person_id,
        persona=record.key,
        name=record.name,
        name_en=record.name_en,
        id_number=record.id_number,
        phone=record.phone,
        email=record.email,
        born=record.born,
        sex=record.sex,
        home=record.home,
        level=record.level,
        roles=record.roles,
    )
    account = password_hash if record.phone else None
    return add_person(conn, now, new, password_hash=account, department=record.department)
