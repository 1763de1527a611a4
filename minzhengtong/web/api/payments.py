"""The API of payments: an app's own, page by page, for its accounts. Charges nothing: scans do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from flask import Blueprint, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from minzhengtong.access.authorize import authorize
from minzhengtong.payments.ledger import Payment
from minzhengtong.payments.receipts import MAX_PAGE, payments_of_app
from minzhengtong.web.api.bearer import operator
from minzhengtong.web.api.operation import Operation, describe
from minzhengtong.web.kit.body import read_query
from minzhengtong.web.kit.current import now, runtime
from minzhengtong.web.kit.guards import bearer

blueprint = Blueprint("api_payments", __name__, url_prefix="/api/v1/payments")


@dataclass(frozen=True, slots=True)
class PaymentAnswer:
    """A payment as the app books it."""

    id: str
    scan_id: str
    terminal_id: str
    amount_fen: int
    subject: str
    reason: str | None
    receipt_no: str
    idempotency_key: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentsAnswer:
    """One page, newest first; `next_cursor` is null on the last."""

    payments: tuple[PaymentAnswer, ...]
    next_cursor: str | None


class PaymentsQuery(BaseModel):
    """Which page: `cursor` is the `next_cursor` of the page before."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 50
    cursor: Annotated[str, Field(pattern=r"^pay_[0-9a-z]{24}$")] | None = None


_ANSWER = TypeAdapter(PaymentsAnswer)


@blueprint.get("")
@bearer
@describe(
    Operation(
        "List the app's payments, newest first",
        {200: PaymentsAnswer},
        query=PaymentsQuery,
        scopes=("pay.collect",),
    )
)
def list_payments() -> Response:
    """One page of the calling app's payments."""
    with runtime().db.read() as conn:
        token, app_id = operator(conn, now())
        authorize(conn, now(), token, "pay.collect")
        query = read_query(PaymentsQuery)
        found = payments_of_app(conn, app_id, before_id=query.cursor, limit=query.limit + 1)
    page = found[: query.limit]
    following = page[-1].id if len(found) > query.limit else None
    body = _ANSWER.dump_json(PaymentsAnswer(tuple(map(_answer, page)), following))
    return Response(body, mimetype="application/json")


def _answer(payment: Payment) -> PaymentAnswer:
    return PaymentAnswer(**{name: getattr(payment, name) for name in PaymentAnswer.__dataclass_fields__})
