"""What may be wanted, and with which scopes."""

import pytest
from pydantic import ValidationError

from minzhengtong.access.authorize import ScopeNotGranted
from minzhengtong.scans.asked import scopes_needed
from tests.unit.scans.conftest import DESK, GATE
from tests.world.facts import FARE, INSURED, SENIOR, wants


def test_scopes_follow_from_wants_and_scanning_comes_first() -> None:
    assert scopes_needed(GATE, []) == ["code.verify:transit"]
    needed = scopes_needed(DESK, wants(INSURED, SENIOR, FARE))
    assert needed == [
        "code.verify:clinic", "cert.verify:medical-insurance", "cert.verify:senior-card", "pay.collect",
    ]  # fmt: skip


def test_claims_that_were_not_granted_are_refused() -> None:
    for terminal, claims in ((DESK, ["name", "number"]), (GATE, ["name"])):
        with pytest.raises(ScopeNotGranted):
            scopes_needed(terminal, wants(INSURED | {"claims": claims}))


@pytest.mark.parametrize(
    "items",
    [
        [{"kind": "see"}],
        [{"type": "senior-card"}],
        [SENIOR | {"type": "passport"}],
        [SENIOR | {"claims": ["name"]}],
        [INSURED | {"claims": []}],
        [INSURED | {"claims": ["balance"]}],
        [INSURED | {"claims": ["name", "name"]}],
        [FARE | {"amount_fen": -1}],
        [FARE | {"amount_fen": 2.0}],
        [FARE | {"amount_fen": True}],
        [FARE | {"amount_fen": "200"}],
        [FARE | {"amount_fen": 10**9}],
        [FARE | {"amount_fen": 0}],
        [FARE | {"subject": " "}],
        [FARE | {"subject": "a\x00b"}],
        [FARE, FARE],
        [SENIOR, SENIOR],
    ],
)
def test_impossible_wants_are_refused(items) -> None:
    with pytest.raises(ValidationError):
        wants(*items)
