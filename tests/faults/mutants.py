"""Has bent codes of all ten regions read and spent: none may pass, each is refused for a reason."""

from collections import Counter
from random import Random

from sqlalchemy import Connection

from minzhengtong.codes.cose import CodeScope
from minzhengtong.codes.issue import issue_code
from minzhengtong.codes.reasons import Reason, Refused
from minzhengtong.codes.spend import spend
from minzhengtong.places.divisions import REGIONS
from minzhengtong.runtime import Runtime
from minzhengtong.scans.outcome import Refusal
from minzhengtong.scans.reading import read_code
from tests.unit.codes.bending import Bender

FORGED = {Reason.NOT_A_CODE, Reason.UNKNOWN_KEY, Reason.BAD_SIGNATURE}
"""What a text can be refused for that is no code of ours; the other reasons need a genuine one."""
EACH = 5  # codes of a region


class Mutants:
    """Mutants of the codes of one moment, whose clock must stand still; the same seed bends the same way."""

    def __init__(self, runtime: Runtime, seed: int) -> None:
        self.refused: Counter[tuple[str, Reason]] = Counter()
        self._runtime, self._now, self._chance = runtime, runtime.clock.now(), Random(seed)
        with runtime.db.write() as conn:
            self._keys = runtime.keyring.current(conn)
            shown = [
                issue_code(conn, self._now, self._keys, "per_lin", region.code, CodeScope.PAY)
                for region in REGIONS * EACH
            ]
        self._genuine = {code.text for code in shown} | {code.digits for code in shown}
        bender = Bender(self._chance, [code.text for code in shown], [code.digits for code in shown])
        self.ways = bender.ways

    def judge(self, count: int) -> None:
        """Bend, read, and spend what reads well.

        Raises: AssertionError with the mutant that passed, or that was refused without a good reason.
        """
        ways = list(self.ways.items())
        with self._runtime.db.write() as conn:
            while self.refused.total() < count:
                way, bend = self._chance.choice(ways)
                text = bend()
                if text.strip(" \n") not in self._genuine:  # what may surround a text does not change it
                    self.refused[way, self._reason(conn, text)] += 1

    def reasons(self, way: str = "") -> Counter[Reason]:
        """How many were refused for each reason, by default however they were bent."""
        seen: Counter[Reason] = Counter()
        for (bent, reason), count in self.refused.items():
            if way in ("", bent):
                seen[reason] += count
        return seen

    def _reason(self, conn: Connection, text: str) -> Reason:
        refusal = self._refusal(conn, text)
        assert refusal.reason in FORGED, f"{refusal} of {text!r}"
        assert refusal.expected != refusal.received, f"{refusal} of {text!r}"
        assert 0 < len(refusal.expected + refusal.received) < 200, f"an echo: {refusal} of {text!r}"
        return refusal.reason

    def _refusal(self, conn: Connection, text: str) -> Refusal | Refused:
        reading = read_code(self._keys, self._now, text)
        if isinstance(reading, Refusal):
            return reading
        assert isinstance(reading, str), f"accepted: {text!r} as {reading}"
        try:
            spent = spend(conn, self._now, reading, "scan_1")
        except Refused as refused:
            return refused
        raise AssertionError(f"accepted: {text!r} as {spent}")
