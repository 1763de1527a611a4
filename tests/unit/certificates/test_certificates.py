"""Certificates from issue to revocation."""

from datetime import date, timedelta

import pytest

from minzhengtong.base.clock import local_date
from minzhengtong.base.errors import InvalidInput, NotFound
from minzhengtong.certificates.hold import certificate_of, certificates_of
from minzhengtong.certificates.issue import issue, revoke
from minzhengtong.certificates.present import NotHeld, Presented, holds, present
from minzhengtong.demo.certificates import seed as seed_certificates
from minzhengtong.demo.identity import seed as seed_people
from minzhengtong.wants.certificate_types import CERTIFICATE_TYPES, certificate_type

SENIOR = CERTIFICATE_TYPES["senior-card"]
CLAIMS = {"name": "林晓闽", "number": "S1", "age_band": "70 周岁以上"}


@pytest.fixture
def people(db, now):
    with db.write() as conn:
        seed_people(conn, now)
    return db


def test_seed_gives_each_persona_its_certificates_once(people, now) -> None:
    for _ in range(2):
        with people.write() as conn:
            seed_certificates(conn, now)
    with people.read() as conn:
        lin, zheng = certificates_of(conn, "per_lin"), certificates_of(conn, "per_zheng")
        assert certificates_of(conn, "per_huang") == []
    assert {one.type for one in lin} == {
        "resident-id", "social-security-card", "medical-insurance", "driving-licence", "household-register",
    }  # fmt: skip
    assert {one.type for one in zheng if one.state == "revoked"} == {"driving-licence", "medical-insurance"}
    assert next(one for one in lin if one.type == "medical-insurance").claims["insured_place"] == "福州市"


def test_only_the_named_claims_are_shown(people, now) -> None:
    with people.write() as conn:
        seed_certificates(conn, now)
        held = certificates_of(conn, "per_lin")
    shown = present(held, local_date(now), "medical-insurance", ["insured_place"])
    assert isinstance(shown, Presented)
    assert shown.claims == {"insured_place": "福州市"}
    assert shown.name == "医保电子凭证"


def test_the_same_serial_is_issued_once(people, now) -> None:
    with people.write() as conn:
        assert issue(conn, now, SENIOR, "per_lin", serial="S1", claims=CLAIMS)
        assert not issue(conn, now, SENIOR, "per_chen", serial="S1", claims=CLAIMS)
        assert certificates_of(conn, "per_chen") == []


def test_claims_of_another_type_are_refused(people, now) -> None:
    with people.write() as conn, pytest.raises(InvalidInput):
        issue(conn, now, SENIOR, "per_lin", serial="S1", claims={"name": "林晓闽"})
    with pytest.raises(InvalidInput):
        certificate_type("passport")


def test_a_revoked_certificate_is_neither_shown_nor_held(people, now) -> None:
    with people.write() as conn:
        issue(conn, now, SENIOR, "per_lin", serial="S1", claims=CLAIMS)
        number = certificates_of(conn, "per_lin")[0].number
        assert revoke(conn, now, number)
        assert not revoke(conn, now, number)
        held = certificates_of(conn, "per_lin")
    refused = present(held, local_date(now), "senior-card", ["name"])
    assert refused == NotHeld(True, "a certificate revoked on 2026-11-20")
    assert not holds(held, local_date(now), "senior-card")


def test_the_last_day_counts_and_the_day_after_does_not(people, now) -> None:
    today = local_date(now)
    with people.write() as conn:
        issue(conn, now, SENIOR, "per_lin", serial="S1", claims=CLAIMS, valid_until=today)
        held = certificates_of(conn, "per_lin")
    assert holds(held, today, "senior-card")
    assert not holds(held, today + timedelta(days=1), "senior-card")
    over = present(held, date(2026, 11, 21), "senior-card", ["name"])
    assert over == NotHeld(False, "a certificate that expired on 2026-11-20")


def test_a_renewed_certificate_is_shown_instead_of_the_revoked_one(people, now) -> None:
    with people.write() as conn:
        issue(conn, now, SENIOR, "per_lin", serial="S1", claims=CLAIMS)
        revoke(conn, now, certificates_of(conn, "per_lin")[0].number)
        issue(conn, now + timedelta(1), SENIOR, "per_lin", serial="S2", claims={**CLAIMS, "number": "S2"})
        held = certificates_of(conn, "per_lin")
    shown = present(held, local_date(now), "senior-card", ["number"])
    assert isinstance(shown, Presented)
    assert shown.claims == {"number": "S2"}


def test_a_certificate_of_another_holder_is_not_found(people, now) -> None:
    with people.write() as conn:
        issue(conn, now, SENIOR, "per_lin", serial="S1", claims=CLAIMS)
        mine = certificates_of(conn, "per_lin")[0]
        assert certificate_of(conn, "per_lin", mine.id) == mine
        with pytest.raises(NotFound):
            certificate_of(conn, "per_chen", mine.id)
