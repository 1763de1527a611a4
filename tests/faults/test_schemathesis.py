"""The API keeps its own document's word, whatever it is sent, and the books still add up."""

import pytest

from minzhengtong.audit.seal import verify_chain
from minzhengtong.payments.summary import summary
from minzhengtong.runtime import Runtime
from tests.faults.documented import Documented, Way
from tests.world.world import World

EXAMPLES = 5
"""Of each operation, beyond some 500 edges of all; thousands are the campaign `hostile`."""


@pytest.mark.engines("postgresql")  # the stricter one: it takes no NUL, and no number of 64 bits for 32
def test_the_api_answers_as_documented_to_a_token(runtime: Runtime, subtests: pytest.Subtests) -> None:
    check_every_operation(runtime, "bearer", subtests)


def test_the_api_answers_as_documented_to_a_session(runtime: Runtime, subtests: pytest.Subtests) -> None:
    check_every_operation(runtime, "session", subtests)


def check_every_operation(runtime: Runtime, way: Way, subtests: pytest.Subtests) -> None:
    documented = Documented(World.of(runtime), way)
    for operation in documented.operations():
        with subtests.test(operation.label):
            documented.call(operation, EXAMPLES)
            done = {int(status) for status in operation.responses.status_codes if status != "default"}
            assert any(documented.answers[operation.label, "positive", status] for status in done)
    with runtime.db.snapshot() as conn:
        proof = summary(conn)
        assert (proof.sum_fen, proof.unpaid_payments, proof.faults) == (0, 0, ())
        assert verify_chain(conn).fault == ""
