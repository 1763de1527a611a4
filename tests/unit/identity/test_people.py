"""People are found by id and phone, with their roles; only synthetic ones can be added."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from minzhengtong.base.clock import FrozenClock
from minzhengtong.base.errors import InvalidInput, NotFound
from minzhengtong.base.settings import Settings
from minzhengtong.db.database import Database
from minzhengtong.demo.identity import seed as seed_people
from minzhengtong.identity.models import person, person_role
from minzhengtong.identity.people import (
    Person,
    add_person,
    credentials,
    person_by_id,
    personas,
)
from minzhengtong.keys.keyring import KeyRing
from minzhengtong.runtime import Runtime

GUO = Person(
    id="per_guo",
    persona=None,
    name="郭示例",
    name_en="Guo Shili",
    id_number="359999198001010012",
    phone="10099990001",
    email="guo@example.org",
    born=date(1980, 1, 1),
    sex="M",
    home="350203",
    level=2,
    roles=frozenset({"tester", "auditor"}),
)


@pytest.fixture
def runtime(db: Database, clock: FrozenClock, tmp_path: Path) -> Runtime:
    """A process with the demo people in its database, and nothing else."""
    with db.write() as conn:
        seed_people(conn, clock.now())
    return Runtime(Settings.from_env({}), clock, db, KeyRing(tmp_path / "keys"))


def test_a_person_is_read_as_added(runtime: Runtime) -> None:
    with runtime.db.write() as conn:
        assert add_person(conn, runtime.clock.now(), GUO, password_hash=None, department="platform")
        added = replace(GUO, created_at=runtime.clock.now())
        assert person_by_id(conn, "per_guo") == credentials(conn, "10099990001")[0] == added
        departments = select(person_role.c.department).where(person_role.c.person_id == "per_guo")
        assert conn.execute(departments).scalars().all() == ["platform", "platform"]


def test_a_number_written_otherwise_is_the_same_account(runtime: Runtime) -> None:
    with runtime.db.write() as conn:
        assert add_person(
            conn, runtime.clock.now(), replace(GUO, phone="+86 100 9999 0001"), password_hash=None
        )
        assert person_by_id(conn, "per_guo").phone == "10099990001"
        other = replace(GUO, id="per_other", id_number="359999198001010039", email=None)
        other = replace(other, phone="１００９９９９０００１")
        assert not add_person(conn, runtime.clock.now(), other, password_hash=None)


@pytest.mark.parametrize(
    "change",
    [
        {"id_number": "11010519491231002X", "born": date(1949, 12, 31), "sex": "F"},
        {"id_number": "359999198001010011"},
        {"born": date(1980, 1, 2)},
        {"sex": "F"},
        {"phone": "13800138000"},
        {"phone": "1009999000"},
        {"email": "guo@gmail.com"},
        {"email": "guo@example"},
        {"email": "guo@notexample.com"},
        {"email": "guo@x.example.com.cn"},
        {"email": "Guo@example.com"},
        {"email": "@example.com"},
        {"email": "guo@example.com\n"},
        {"home": "350182"},
        {"home": "359999"},
        {"level": 5},
    ],
    ids=str,
)
def test_data_of_a_possibly_real_person_is_refused(runtime: Runtime, change: dict[str, Any]) -> None:
    with runtime.db.write() as conn:
        with pytest.raises(InvalidInput):
            add_person(conn, runtime.clock.now(), replace(GUO, **change), password_hash=None)
        assert credentials(conn, "10099990001") == (None, None)


@pytest.mark.parametrize(
    "taken",
    [{"id": "per_lin"}, {"phone": "10000000001"}, {"persona": "lin"}, {"email": "lin@example.com"}],
    ids=lambda change: next(iter(change)),
)
def test_a_taken_key_adds_no_person_and_no_role(runtime: Runtime, taken: dict[str, Any]) -> None:
    with runtime.db.write() as conn:
        assert not add_person(conn, runtime.clock.now(), replace(GUO, **taken), password_hash=None)
        assert person_by_id(conn, "per_lin").roles == frozenset()
        assert credentials(conn, "10000000001")[0] == person_by_id(conn, "per_lin")


@pytest.mark.parametrize(
    "phone", ["10000000099", "", "1000000000１", "\0", "\ud800", "10000000001 ", "1" * 9_999]
)
def test_any_text_may_be_asked_for_as_a_phone(runtime: Runtime, phone: str) -> None:
    with runtime.db.read() as conn:
        assert credentials(conn, phone) == (None, None)


def test_an_unknown_id_is_not_found(runtime: Runtime) -> None:
    with runtime.db.read() as conn, pytest.raises(NotFound):
        person_by_id(conn, "per_nobody")


def test_the_seed_fills_what_is_missing_and_no_more(runtime: Runtime) -> None:
    with runtime.db.write() as conn:
        assert seed_people(conn, runtime.clock.now()) == 0
        conn.execute(person.delete().where(person.c.id == "per_wu"))
        assert seed_people(conn, runtime.clock.now()) == 1
        assert person_by_id(conn, "per_wu").name == "吴小波"


def test_demo_people_with_accounts_are_listed_staff_last(runtime: Runtime) -> None:
    with runtime.db.read() as conn:
        keys = [who.persona for who in personas(conn)]
        roles = {who.persona: who.roles for who in personas(conn)}
    assert keys[:2] == ["lin", "chen"]
    assert keys[-2:] == ["qiu", "lu"]
    assert "bao" not in keys
    assert [set(roles[key]) for key in ("lin", "qiu", "lu")] == [set(), {"tester"}, {"auditor"}]


def test_the_list_of_demo_people_follows_every_change(runtime: Runtime) -> None:
    """It is kept from one login page to the next."""

    def listed() -> dict[str | None, Person]:
        with runtime.db.read() as conn:
            return {who.persona: who for who in personas(conn)}

    before = listed()
    with runtime.db.write() as conn:
        conn.execute(update(person).where(person.c.id == "per_lin").values(level=3))
        conn.execute(person_role.insert(), {"person_id": "per_chen", "role": "tester", "department": ""})
        conn.execute(delete(person).where(person.c.id == "per_wu"))
    lin, chen = replace(before["lin"], level=3), replace(before["chen"], roles=frozenset({"tester"}))
    assert listed() == {key: who for key, who in before.items() if key != "wu"} | {"lin": lin, "chen": chen}
