"""Issues and revokes certificates."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import Connection, update

from minzhengtong.base.errors import InvalidInput
from minzhengtong.base.ids import new_id
from minzhengtong.certificates.models import certificate
from minzhengtong.certificates.numbers import make_number
from minzhengtong.db.upsert import insert_if_new
from minzhengtong.wants.certificate_types import CertificateType


def issue(
    conn: Connection,
    now: datetime,
    kind: CertificateType,
    holder_id: str,
    *,
    serial: str,
    claims: Mapping[str, str],
    valid_until: date | None = None,
) -> bool:
    """Issue the first version of a certificate; return False if the serial exists already.

    `serial` consists of 0-9A-Z and is unique within type and issuer; `valid_until` None means without end.
    The caller commits. Raises: InvalidInput when the claims are not those of the type.
    """
    if claims.keys() != kind.claims.keys():
        raise InvalidInput(f"the claims {', '.join(kind.claims)}", ", ".join(claims))
    values = {
        "id": new_id("cert", now),
        "number": make_number(kind.code, kind.issuer_code, serial, 1),
        "type": kind.id,
        "holder_id": holder_id,
        "state": "issued",
        "version": 1,
        "claims": dict(claims),
        "valid_until": valid_until,
        "issued_at": now,
        "state_changed_at": now,
    }
    return insert_if_new(conn, certificate, values)


def revoke(conn: Connection, now: datetime, number: str) -> bool:
    """Revoke a certificate; return False if it was revoked before or does not exist. The caller commits."""
    issued = update(certificate).where(certificate.c.number == number, certificate.c.state == "issued")
    revoked = issued.values(state="revoked", state_changed_at=now).returning(certificate.c.id)
    return conn.execute(revoked).first() is not None
