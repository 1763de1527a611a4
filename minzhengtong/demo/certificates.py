"""The certificates of the demo people, made from their records; none is issued twice."""

from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from minzhengtong.base.clock import local_date
from minzhengtong.certificates.issue import issue, revoke
from minzhengtong.certificates.numbers import make_number
from minzhengtong.demo.personas import Persona, load_personas
from minzhengtong.places.divisions import division, region_of
from minzhengtong.wants.certificate_types import CERTIFICATE_TYPES, CertificateType

AFTER = ("identity",)


def seed(conn: Connection, now: datetime) -> None:
    """Issue what the personas hold and revoke what they lost. Safe to repeat; the caller commits."""
    for persona in load_personas().people:
        for type_id, state in persona.certificates:
            kind = CERTIFICATE_TYPES[type_id]
            serial, claims = persona.id_number, _claims(kind, persona)
            end = _end(kind, now)
            issue(conn, now, kind, persona.person_id, serial=serial, claims=claims, valid_until=end)
            if state == "revoked":
                revoke(conn, now, make_number(kind.code, kind.issuer_code, serial, 1))


def _claims(kind: CertificateType, persona: Persona) -> dict[str, str]:
    facts = {
        "name": persona.name,
        "number": persona.id_number,
        "sex": {"F": "女", "M": "男"}[persona.sex],
        "born": persona.born.isoformat(),
        "address": f"福建省{division(persona.home).name}示例路 1 号",
        "household_number": f"{persona.home}{persona.id_sequence}",
        "vehicle_class": "C1",
        "issued_on": date(persona.born.year + 20, 1, 15).isoformat(),
        "bank": "示例银行",
        "insured_place": division(region_of(persona.home)).name,
        "insurance_type": "城乡居民" if persona.born.year < 1960 or persona.born.year > 2005 else "职工",
        "age_band": "70 周岁以上",
        "category": "听力",
        "grade": "二级",
    }
    return {claim: facts[claim] for claim in kind.claims}


def _end(kind: CertificateType, now: datetime) -> date | None:
    return local_date(now) + timedelta(days=3652) if kind.id == "driving-licence" else None
