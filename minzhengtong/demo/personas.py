"""The demo people as read-only records, from which each module of this package seeds its room."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from minzhengtong.base.text import read_json
from minzhengtong.standards.id_number import make_id_number


@dataclass(frozen=True, slots=True)
class Persona:
    """One synthetic person: a citizen with her wallet, or a member of staff with roles."""

    key: str
    name: str
    name_en: str
    phone: str | None
    born: date
    sex: str  # "F" or "M"
    level: int
    home: str
    balance_fen: int
    certificates: tuple[tuple[str, str], ...]  # (type, "issued" or "revoked")
    frozen: bool
    roles: frozenset[str]
    department: str  # empty for citizens
    id_sequence: str

    @property
    def person_id(self) -> str:
        return f"per_{self.key}"

    @property
    def id_number(self) -> str:
        return make_id_number(self.born, self.id_sequence)

    @property
    def email(self) -> str | None:
        """Of those who have an account; example.com belongs to nobody (RFC 2606 §3)."""
        return f"{self.key}@example.com" if self.phone else None


@dataclass(frozen=True, slots=True)
class Personas:
    """All demo people, citizens first, and their common password."""

    password: str
    people: tuple[Persona, ...]

    def by_key(self, key: str) -> Persona | None:
        """The persona of this key, if there is one."""
        return next((persona for persona in self.people if persona.key == key), None)


@cache
def load_personas() -> Personas:
    """Read `personas.json`, once."""
    data = read_json((files(__package__) / "personas.json").read_bytes())
    return Personas(data["password"], tuple(map(_persona, data["citizens"] + data["staff"])))


def _persona(row: dict[str, Any]) -> Persona:
    return Persona(
        key=row["key"],
        name=row["name"],
        name_en=row["en"],
        phone=row["phone"],
        born=date.fromisoformat(row["born"]),
        sex=row["sex"],
        level=row["level"],
        home=row["home"],
        balance_fen=row.get("balance_fen", 0),
        certificates=tuple(map(_certificate, row.get("certificates", []))),
        frozen=row.get("account") == "frozen",
        roles=frozenset(row.get("roles", [])),
        department=row.get("department", ""),
        id_sequence=row["id_sequence"],
    )


def _certificate(entry: str | dict[str, str]) -> tuple[str, str]:
    return (entry, "issued") if isinstance(entry, str) else (entry["type"], entry["state"])
