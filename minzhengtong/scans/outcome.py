"""What a scan came to: its verdict, the outcome of each step, what was shown and paid."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, NamedTuple

from minzhengtong.codes.cose import CodeScope
from minzhengtong.codes.reasons import Reason

SESSION_SECONDS = 120
"""How long a terminal may ask for more within a scan."""

Verdict = Literal["pass", "see_phone", "refused"]
"""`see_phone` is reserved for scans that the citizen confirms on her phone."""
Outcome = Literal["ok", "refused", "skipped"]
StepName = Literal["text", "signature", "time", "spend", "scopes", "certificate", "money"]
STEPS: tuple[StepName, ...] = ("text", "signature", "time", "spend", "scopes", "certificate", "money")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a scan was refused, and at which step."""

    step: StepName
    reason: Reason
    expected: str
    received: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate that was shown, by our own id; `claims` is None after the first answer."""

    id: str
    type: str
    name: str
    claim_names: tuple[str, ...]
    claims: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """A yes/no question that was answered."""

    type: str
    answer: bool


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment made within the scan, as on its receipt."""

    id: str
    amount_fen: int
    subject: str
    reason: str | None
    receipt_no: str
    created_at: datetime
    subject_en: str | None = None
    reason_en: str | None = None


class Done(NamedTuple):
    """What one call showed, answered and charged."""

    certificates: tuple[Shown, ...] = ()
    predicates: tuple[Answered, ...] = ()
    payment: Paid | None = None


@dataclass(frozen=True, slots=True)
class Items:
    """What a scan did: the code's scope bits, the outcome of each step, what was shown and paid.

    `freezes` is how often the citizen had frozen her code before; one more time ends the session.
    """

    scope: int
    outcomes: Mapping[StepName, Outcome]
    certificates: tuple[Shown, ...] = ()
    predicates: tuple[Answered, ...] = ()
    payment: Paid | None = None
    freezes: int = 0


@dataclass(frozen=True, slots=True)
class Scan:
    """One reading of a code by a terminal; `person_id` is None when no code of ours was read."""

    id: str
    app_id: str
    terminal_id: str
    person_id: str | None
    verdict: Verdict
    reason: Reason | None
    expected: str
    received: str
    items: Items
    scanned_at: datetime
    session_ends_at: datetime | None

    @property
    def scope(self) -> CodeScope:
        return CodeScope(self.items.scope)

    def with_done(self, done: Done) -> "Scan":
        """The same scan, with what one more call did."""
        items = replace(
            self.items,
            certificates=self.items.certificates + done.certificates,
            predicates=self.items.predicates + done.predicates,
            payment=self.items.payment or done.payment,
        )
        return replace(self, items=items)

    def reached(self, step: StepName) -> "Scan":
        """The same scan, with a step done that was skipped before."""
        outcomes: dict[StepName, Outcome] = {**self.items.outcomes, step: "ok"}
        return replace(self, items=replace(self.items, outcomes=outcomes))

    def refused_by(self, refusal: Refusal) -> "Scan":
        """The same scan, ended by a refusal: what it did before is kept, later steps are skipped."""
        later = STEPS[STEPS.index(refusal.step) + 1 :] if self.items.payment is None else ()
        outcomes: dict[StepName, Outcome] = {**self.items.outcomes, refusal.step: "refused"}
        outcomes.update(dict.fromkeys(later, "skipped"))
        return replace(
            self,
            verdict="refused",
            reason=refusal.reason,
            expected=refusal.expected,
            received=refusal.received,
            items=replace(self.items, outcomes=outcomes),
            session_ends_at=None,
        )
