"""Codes bent at random: the same check with 100,000 of them is a campaign."""

from minzhengtong.runtime import Runtime
from tests.faults.mutants import FORGED, Mutants

COUNT = 3_000


def test_no_mutant_of_a_code_passes_and_each_has_a_reason(runtime: Runtime) -> None:
    mutants = Mutants(runtime, seed=1)
    mutants.judge(COUNT)
    assert mutants.reasons().total() == COUNT
    assert set(mutants.reasons()) == FORGED
    assert all(mutants.reasons(way) for way in mutants.ways)
