"""The API of the ledger: its sums, for the auditor."""

from dataclasses import asdict, dataclass

from flask import Blueprint

from minzhengtong.payments.summary import summary
from minzhengtong.web.api.allow import staff
from minzhengtong.web.api.operation import operation
from minzhengtong.web.kit.current import runtime

blueprint = Blueprint("api_ledger", __name__, url_prefix="/api/v1/ledger")


@dataclass(frozen=True, slots=True)
class LedgerAnswer:
    """The ledger is right when `sum_fen` and `unpaid_payments` are 0 and `faults` is empty."""

    payments: int
    transfers: int
    wallets_fen: int
    collectors_fen: int
    source_fen: int
    sum_fen: int
    unpaid_payments: int
    faults: tuple[str, ...]


@blueprint.get("/summary")
@operation(
    "Prove that the ledger adds up: an auditor's session, or a token that may read it",
    staff("auditor", scope="ledger.read"),
)
def read_summary() -> LedgerAnswer:
    """Sums by kind of account, and what is wrong, if anything is."""
    with runtime().db.snapshot() as conn:
        proof = summary(conn)
    return LedgerAnswer(**asdict(proof), sum_fen=proof.sum_fen)
