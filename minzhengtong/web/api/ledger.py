"""The API of the ledger: its sums, for the auditor. Shows no single payment."""

from dataclasses import asdict, dataclass
from typing import Any

from flask import Blueprint
from sqlalchemy import Connection

from minzhengtong.access.authorize import authorize
from minzhengtong.base.errors import Forbidden
from minzhengtong.payments.summary import summary
from minzhengtong.web.api.bearer import token_of_request
from minzhengtong.web.api.operation import Operation, describe
from minzhengtong.web.kit.current import now, runtime
from minzhengtong.web.kit.guards import bearer, citizen

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
@bearer
@describe(
    Operation(
        "Prove that the ledger adds up: an auditor's session, or a token that may read it",
        {200: LedgerAnswer},
        scopes=("ledger.read",),
        enters=("session", "bearer"),
    )
)
def read_summary() -> dict[str, Any]:
    """Sums by kind of account, and what is wrong, if anything is."""
    person = citizen()
    with runtime().db.snapshot() as conn:
        if person is None:
            _allow_token(conn)
        elif "auditor" not in person.roles:
            raise Forbidden("a person with the role auditor", "a person without it")
        proof = summary(conn)
    return asdict(LedgerAnswer(**asdict(proof), sum_fen=proof.sum_fen))


def _allow_token(conn: Connection) -> None:
    authorize(conn, now(), token_of_request(conn, now()), "ledger.read")
