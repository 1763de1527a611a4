"""The desk's answer to one try: verdict, every step from the picture on, the terminal's screen."""

from dataclasses import dataclass, replace
from typing import Literal

from pydantic import TypeAdapter

from minzhengtong.registry.terminals import Terminal
from minzhengtong.scans.answer import ScanAnswer
from minzhengtong.scans.outcome import STEPS, Outcome, StepName, Verdict


@dataclass(frozen=True, slots=True)
class TerminalAnswer:
    """A terminal that a tester may scan as."""

    id: str
    name: str
    name_en: str
    region: str
    kind: str
    app_id: str
    app_name: str
    app_name_en: str


@dataclass(frozen=True, slots=True)
class DeskStep:
    """One step of the try; the refused one says why."""

    step: Literal["picture"] | StepName
    outcome: Outcome
    reason: str | None = None
    expected: str | None = None
    received: str | None = None


@dataclass(frozen=True, slots=True)
class PictureAnswer:
    """The text of the code in a picture, or why none was read."""

    text: str | None
    reason: str | None = None
    expected: str | None = None
    received: str | None = None


@dataclass(frozen=True, slots=True)
class DeskAnswer:
    """One try at a terminal. `scan` is null if none was made.

    `screen` is what the app's terminal shows, in the language of the call that scanned.
    """

    verdict: Verdict
    reason: str | None
    expected: str
    received: str
    terminal: TerminalAnswer
    steps: tuple[DeskStep, ...]
    scan: ScanAnswer | None
    screen: str


DESK_ANSWER = TypeAdapter(DeskAnswer)


@dataclass(frozen=True, slots=True)
class Trial:
    """A try before its answer: at which terminal, and whether the text was read from a picture."""

    terminal: Terminal
    picture: Outcome

    def scanned(self, scan: ScanAnswer, screen: str = "") -> DeskAnswer:
        """The answer when a scan was made, passed or refused."""
        facts = (scan.verdict, scan.reason, scan.expected, scan.received)
        return DeskAnswer(*facts, terminal_answer(self.terminal), self._chain(scan), scan, screen)

    def unreadable(self, seen: PictureAnswer) -> DeskAnswer:
        """The answer when the picture held no code to scan."""
        facts = (seen.reason or "", seen.expected or "", seen.received or "")
        return self._without_scan(DeskStep("picture", "refused", *facts), *facts)

    def app_failed(self, code: str, expected: str, received: str) -> DeskAnswer:
        """The answer when the terminal's app failed."""
        return self._without_scan(DeskStep("picture", self.picture), code, expected, received)

    def with_scan(self, failed: DeskAnswer, scan: ScanAnswer | None) -> DeskAnswer:
        """The answer when an app failed after it had scanned: the steps show what was done."""
        return failed if scan is None else replace(failed, steps=self._chain(scan), scan=scan)

    def _chain(self, scan: ScanAnswer) -> tuple[DeskStep, ...]:
        steps = (
            DeskStep(step.step, step.outcome, step.reason, step.expected, step.received)
            for step in scan.steps
        )
        return (DeskStep("picture", self.picture), *steps)

    def _without_scan(self, first: DeskStep, reason: str, expected: str, received: str) -> DeskAnswer:
        steps = (first, *(DeskStep(name, "skipped") for name in STEPS))
        return DeskAnswer(
            "refused", reason, expected, received, terminal_answer(self.terminal), steps, None, ""
        )


def terminal_answer(terminal: Terminal) -> TerminalAnswer:
    """A terminal without the scopes of its app."""
    return TerminalAnswer(**{name: getattr(terminal, name) for name in TerminalAnswer.__dataclass_fields__})
