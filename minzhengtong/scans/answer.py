"""The JSON of a scan, the same for the API, the bench and the command line."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from pydantic import TypeAdapter

from minzhengtong.codes.reasons import Reason
from minzhengtong.oidc.subjects import Subjects
from minzhengtong.scans.outcome import (
    STEPS,
    Answered,
    Outcome,
    Paid,
    Scan,
    Shown,
    StepName,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class StepAnswer:
    """One step of the scan; the refused one says why."""

    step: StepName
    outcome: Outcome
    reason: Reason | None = None
    expected: str | None = None
    received: str | None = None


@dataclass(frozen=True, slots=True)
class PersonAnswer:
    """The citizen under the pairwise subject of this app: the same as `sub` when she logs in there."""

    handle: str


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """A certificate that was shown. Only this app knows it by `handle`: its number may hold the ID number.

    `claims` holds values in the first answer only, then null.
    """

    type: str
    name: str
    handle: str
    claim_names: tuple[str, ...]
    claims: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class ScanAnswer:
    """The result of a scan. `person` and `session_expires_at` are set on a pass only."""

    id: str
    verdict: Verdict
    reason: Reason | None
    expected: str
    received: str
    terminal_id: str
    scanned_at: datetime
    session_expires_at: datetime | None
    person: PersonAnswer | None
    certificates: tuple[ShownAnswer, ...]
    predicates: tuple[Answered, ...]
    payment: Paid | None
    steps: tuple[StepAnswer, ...]


SCAN_ANSWER = TypeAdapter(ScanAnswer)
_PLAIN_STEPS = {(step, outcome): StepAnswer(step, outcome) for step in STEPS for outcome in get_args(Outcome)}


def answer(made: Scan, subjects: Subjects) -> ScanAnswer:
    """The answer to the app that scanned, which knows people and certificates by its own `subjects`."""
    passed = made.verdict == "pass"
    return ScanAnswer(
        id=made.id,
        verdict=made.verdict,
        reason=made.reason,
        expected=made.expected,
        received=made.received,
        terminal_id=made.terminal_id,
        scanned_at=made.scanned_at,
        session_expires_at=made.session_ends_at,
        person=PersonAnswer(subjects.person(made.person_id or "")) if passed else None,
        certificates=tuple(_shown(one, subjects) for one in made.items.certificates),
        predicates=made.items.predicates,
        payment=made.items.payment,
        steps=tuple(_step(made, name) for name in STEPS),
    )


def _shown(one: Shown, subjects: Subjects) -> ShownAnswer:
    return ShownAnswer(one.type, one.name, subjects.certificate(one.id), one.claim_names, one.claims)


def _step(made: Scan, name: StepName) -> StepAnswer:
    outcome = made.items.outcomes[name]
    if outcome == "refused":
        return StepAnswer(name, outcome, made.reason, made.expected, made.received)
    return _PLAIN_STEPS[name, outcome]
