"""People and their roles. Only synthetic people can be added."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Column, Connection, bindparam, select

from minzhengtong.base.errors import InvalidInput, NotFound
from minzhengtong.db.upsert import insert_if_new
from minzhengtong.identity.models import person, person_role
from minzhengtong.identity.phones import phone_number
from minzhengtong.places.divisions import is_division
from minzhengtong.standards.id_number import SIMULATOR_AREA, check_id_number

_PHONE = re.compile(r"[0-9]{11}")
_SYNTHETIC_PHONE = re.compile(r"100[0-9]{8}")
_SYNTHETIC_EMAIL = re.compile(r"[a-z0-9._+-]{1,64}@(example\.(com|net|org)|([a-z0-9-]{1,63}\.){1,3}example)")
"""An address in lower case, in a domain that belongs to nobody (RFC 2606 §2, §3)."""

PERSON_COLUMNS: tuple[Column[Any], ...] = (
    person.c.id,
    person.c.persona,
    person.c.name,
    person.c.name_en,
    person.c.id_number,
    person.c.phone,
    person.c.email,
    person.c.born,
    person.c.sex,
    person.c.home,
    person.c.level,
    person.c.created_at,
    person.c.password_hash,
    person_role.c.role,
)
_WITH_ROLES = select(*PERSON_COLUMNS).outerjoin(person_role, person_role.c.person_id == person.c.id)
_BY_ID = _WITH_ROLES.where(person.c.id == bindparam("id"))
_BY_PHONE = _WITH_ROLES.where(person.c.phone == bindparam("phone"))
_ACCOUNTS = person.c.persona.is_not(None) & person.c.phone.is_not(None)
_PERSONAS = _WITH_ROLES.where(_ACCOUNTS).order_by(person.c.phone)


@dataclass(frozen=True, slots=True)
class Person:
    """One natural person."""

    id: str
    persona: str | None
    name: str
    name_en: str
    id_number: str
    phone: str | None
    born: date
    sex: str  # "F" or "M"
    home: str
    level: int
    roles: frozenset[str]
    email: str | None = None
    created_at: datetime | None = None  # None for one who is not added yet


def person_by_id(conn: Connection, person_id: str) -> Person:
    """The person of this id. Raises: NotFound."""
    who = person_of(conn.execute(_BY_ID, {"id": person_id}).all())
    if who is None:
        raise NotFound("the id of a person", person_id)
    return who


def credentials(conn: Connection, phone: str) -> tuple[Person | None, str | None]:
    """The person with this phone number, and the password hash; any text may be passed."""
    if not _PHONE.fullmatch(phone):
        return None, None
    rows = conn.execute(_BY_PHONE, {"phone": phone}).all()
    return person_of(rows), rows[0].password_hash if rows else None


def personas(conn: Connection) -> tuple[Person, ...]:
    """Every demo person who has an account, citizens first, then staff."""
    return _people(tuple(conn.execute(_PERSONAS).all()))


def person_of(rows: Sequence[Any]) -> Person | None:
    """Build the person from rows of `PERSON_COLUMNS`, one for each role."""
    return _person(rows) if rows else None


def add_person(
    conn: Connection, now: datetime, new: Person, *, password_hash: str | None, department: str = ""
) -> bool:
    """Add a synthetic person with roles in a department; False when what must be unique is taken.

    That is the id, persona, ID number, phone or email. The caller commits. Raises: InvalidInput for data that
    might be of a real person.
    """
    if new.phone is not None:
        new = replace(new, phone=phone_number(new.phone))
    _check(new)
    values = {column: getattr(new, column) for column in Person.__slots__ if column != "roles"}
    if not insert_if_new(conn, person, values | {"password_hash": password_hash, "created_at": now}):
        return False
    for role in sorted(new.roles):
        conn.execute(person_role.insert(), {"person_id": new.id, "role": role, "department": department})
    return True


@lru_cache(maxsize=1)
def _people(rows: tuple[Any, ...]) -> tuple[Person, ...]:
    """Built again only when a row changed: building them is a tenth of the login page."""
    return tuple(_person(list(group)) for _, group in groupby(rows, key=attrgetter("id")))


def _check(new: Person) -> None:
    number = check_id_number(new.id_number)
    if not number.startswith(SIMULATOR_AREA):
        raise InvalidInput(f"a synthetic ID number, of area {SIMULATOR_AREA}", "another area")
    if number[6:14] != f"{new.born:%Y%m%d}" or new.sex != ("F", "M")[int(number[16]) % 2]:
        raise InvalidInput("birth date and sex as the ID number says", "others")
    if new.phone is not None and not _SYNTHETIC_PHONE.fullmatch(new.phone):
        raise InvalidInput("a synthetic phone number, 11 digits beginning 100", "another number")
    if new.email is not None and not _SYNTHETIC_EMAIL.fullmatch(new.email):
        raise InvalidInput("a synthetic email in lower case, such as li@example.com", "another address")
    if not is_division(new.home, historical=False) or new.level not in range(5):
        raise InvalidInput("a home division in force and a level of 0 to 4", f"{new.home}, {new.level}")


def _person(rows: Sequence[Any]) -> Person:
    first = rows[0]
    return Person(
        id=first.id,
        persona=first.persona,
        name=first.name,
        name_en=first.name_en,
        id_number=first.id_number,
        phone=first.phone,
        email=first.email,
        born=first.born,
        sex=first.sex,
        home=first.home,
        level=first.level,
        created_at=first.created_at,
        roles=frozenset(row.role for row in rows if row.role is not None),
    )
