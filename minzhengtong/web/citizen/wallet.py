"""The wallet: the citizen's certificates, and who saw each of them."""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, render_template
from flask_babel import gettext as _

from minzhengtong.base.clock import local_date
from minzhengtong.certificates.hold import Certificate, certificate_of, certificates_of
from minzhengtong.identity.masking import mask_id_number
from minzhengtong.wants.certificate_types import CERTIFICATE_TYPES
from minzhengtong.web.citizen.uses import showings_of
from minzhengtong.web.kit.current import now, runtime
from minzhengtong.web.kit.guards import login_required, signed_in
from minzhengtong.web.kit.i18n import language

LOOKS = {
    "resident-id": "blue",
    "household-register": "plum",
    "driving-licence": "slate",
    "social-security-card": "teal",
    "medical-insurance": "green",
    "senior-card": "ochre",
    "disability-certificate": "plum",
    "birth-certificate": "teal",
}
"""The colour of each type of certificate."""

blueprint = Blueprint("wallet", __name__, url_prefix="/wallet")


@dataclass(frozen=True, slots=True)
class Card:
    """A certificate as the wallet shows it."""

    certificate: Certificate
    today: date

    @property
    def look(self) -> str:
        return LOOKS[self.certificate.type]

    @property
    def is_valid(self) -> bool:
        return self.certificate.is_valid(self.today)

    @property
    def masked_number(self) -> str:
        """The serial inside the GB/T 36904 identifier, masked: it often is the holder's ID number."""
        return mask_id_number(self.certificate.number.split(".")[-3])

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Label and value of every claim, the holder's number masked."""
        claims = {**self.certificate.claims}
        if "number" in claims:
            claims["number"] = mask_id_number(claims["number"])
        return [(self._label(claim), value) for claim, value in claims.items()]

    @property
    def full_numbers(self) -> list[tuple[str, str]]:
        """The numbers that are masked elsewhere; the page shows them on request."""
        numbers = [(_("证照标识"), self.certificate.number)]
        if "number" in self.certificate.claims:
            numbers.insert(0, (self._label("number"), self.certificate.claims["number"]))
        return numbers

    def _label(self, claim: str) -> str:
        return self.certificate.kind.claims[claim][language() == "en"]


@blueprint.get("")
@login_required
def list_certificates() -> str:
    """Show every certificate as a card, its number masked."""
    today = local_date(now())
    with runtime().db.read() as conn:
        held = certificates_of(conn, signed_in().id)
    cards = [Card(certificate, today) for certificate in sorted(held, key=_rank)]
    return render_template("citizen/wallet.html", cards=cards)


@blueprint.get("/<certificate_id>")
@login_required
def show_certificate(certificate_id: str) -> str:
    """Show one certificate with all its fields and its uses."""
    with runtime().db.read() as conn:
        card = Card(certificate_of(conn, signed_in().id, certificate_id), local_date(now()))
        uses = showings_of(conn, signed_in().id, card.certificate.type)
    return render_template("citizen/certificate.html", card=card, uses=uses)


def _rank(certificate: Certificate) -> int:
    return list(CERTIFICATE_TYPES).index(certificate.type)
