"""Reads the certificates that a person holds (一人一档)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, select

from minzhengtong.base.errors import NotFound
from minzhengtong.certificates.models import certificate
from minzhengtong.wants.certificate_types import CERTIFICATE_TYPES, CertificateType


@dataclass(frozen=True, slots=True)
class Certificate:
    """An issued certificate; `state` is issued or revoked, `valid_until` None means without end (长期)."""

    id: str
    number: str
    type: str
    holder_id: str
    state: str
    version: int
    claims: Mapping[str, str]
    valid_until: date | None
    issued_at: datetime
    state_changed_at: datetime

    @property
    def kind(self) -> CertificateType:
        return CERTIFICATE_TYPES[self.type]

    def is_valid(self, today: date) -> bool:
        """Return whether it is in force on `today`, the date in Fujian."""
        return self.state == "issued" and (self.valid_until is None or today <= self.valid_until)


_HELD = select(certificate).order_by(certificate.c.id)
_OF_HOLDER = _HELD.where(certificate.c.holder_id == bindparam("holder_id"))


def certificates_of(conn: Connection, person_id: str) -> list[Certificate]:
    """Return all certificates of a person, revoked ones too, oldest first."""
    rows = conn.execute(_OF_HOLDER, {"holder_id": person_id})
    return [Certificate(*row) for row in rows]


def certificate_of(conn: Connection, person_id: str, certificate_id: str) -> Certificate:
    """Return one certificate of this holder. Raises: NotFound, also for another holder's certificate."""
    owned = _HELD.where(certificate.c.id == certificate_id, certificate.c.holder_id == person_id)
    row = conn.execute(owned).first()
    if row is None:
        raise NotFound("a certificate of this holder", certificate_id)
    return Certificate(*row)
