"""A scan at one of the app's terminals, and the payments made inside it."""

from dataclasses import dataclass
from typing import Any

from minzhengtong.sdk.platform import Platform


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as the receipt shows it. `amount_fen` is 0 only with a `reason`."""

    id: str
    amount_fen: int
    subject: str
    reason: str | None
    receipt_no: str
    subject_en: str | None = None
    reason_en: str | None = None


class ScanRefused(Exception):
    """The platform refused the payment: nothing was charged. The terminal shows the platform's reason."""


class Scan:
    """A code that passed: its citizen, what the terminal's `wants` showed, and a charge."""

    def __init__(self, platform: Platform, answer: dict[str, Any], *, key: str) -> None:
        self._platform, self._key, self._charges = platform, key, 0
        self.answer = answer
        """The platform's answer as JSON; after a charge, with its payment."""

    @property
    def id(self) -> str:
        return str(self.answer["id"])

    @property
    def citizen(self) -> str:
        """The citizen's number in this app: the same as `current_citizen.sub` after a login."""
        return str(self.answer["person"]["handle"])

    def has(self, certificate_type: str) -> bool:
        """Whether the citizen holds such a certificate: a yes or no, no other data is disclosed.

        Raises: LookupError when the terminal's `wants` in the manifest do not ask for it.
        """
        return bool(self._shown("predicates", certificate_type)["answer"])

    def certificate(self, certificate_type: str) -> dict[str, str]:
        """The certificate's fields that were shown here. Raises: LookupError as `has` does."""
        claims: dict[str, str] = self._shown("certificates", certificate_type)["claims"]
        return claims

    def charge(
        self,
        amount_fen: int,
        *,
        subject: str,
        subject_en: str | None = None,
        reason: str | None = None,
        reason_en: str | None = None,
    ) -> Payment:
        """Charge the citizen's wallet inside this scan; 0 needs a reason and still gives a receipt.

        English pages show `subject_en` and `reason_en`, or the Chinese where they are missing.

        Raises: ScanRefused when the balance is too low. Do it last: a failure afterwards does not undo it.
        """
        self._charges += 1
        price = {"amount_fen": amount_fen, "subject": subject, "subject_en": subject_en}
        body = {**price, "reason": reason, "reason_en": reason_en}
        key = f"{self._key}.pay{self._charges}"
        seen = {shown["type"]: shown for shown in self.answer["certificates"]}
        self.answer = self._platform.post(f"/api/v1/scans/{self.id}/payments", body, idempotency_key=key)
        # The platform returns the values of a certificate once, to the call that showed it.
        self.answer["certificates"] = [seen[shown["type"]] for shown in self.answer["certificates"]]
        paid = self.answer["payment"]
        if self.answer["verdict"] != "pass" or paid is None:
            raise ScanRefused(self.answer["reason"])
        return Payment(**{name: paid[name] for name in Payment.__dataclass_fields__})

    def _shown(self, kind: str, certificate_type: str) -> dict[str, Any]:
        for shown in self.answer[kind]:
            if shown["type"] == certificate_type:
                found: dict[str, Any] = shown
                return found
        raise LookupError(f"the terminal's wants name no {kind[:-1]} of type {certificate_type}")
