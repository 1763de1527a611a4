"""Shows named claims of a certificate, or answers whether a person holds one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from minzhengtong.base.clock import local_date
from minzhengtong.certificates.hold import Certificate


@dataclass(frozen=True, slots=True)
class Presented:
    """A certificate with only the claims that were asked for."""

    id: str
    type: str
    name: str
    claims: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NotHeld:
    """No valid certificate of the type: the newest is revoked or has ended, or there is none."""

    revoked: bool
    received: str


def present(
    held: Iterable[Certificate], today: date, type_id: str, claims: Sequence[str]
) -> Presented | NotHeld:
    """Return the named claims of the newest valid certificate of a type.

    `today` is the date in Fujian; `held` is oldest first.
    """
    of_type = [certificate for certificate in held if certificate.type == type_id]
    if not of_type:
        return NotHeld(False, "no such certificate")
    last = next((one for one in reversed(of_type) if one.is_valid(today)), of_type[-1])
    if last.is_valid(today):
        return Presented(last.id, type_id, last.kind.name, {name: last.claims[name] for name in claims})
    if last.state == "revoked":
        return NotHeld(True, f"a certificate revoked on {local_date(last.state_changed_at)}")
    return NotHeld(False, f"a certificate that expired on {last.valid_until}")


def holds(held: Iterable[Certificate], today: date, type_id: str) -> bool:
    """Return whether a valid certificate of the type is held: the answer to a predicate."""
    return any(certificate.type == type_id and certificate.is_valid(today) for certificate in held)
