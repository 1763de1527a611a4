"""The API of payments: an app lists its own, page by page. Scans make them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from flask import Blueprint
from pydantic import BaseModel, ConfigDict, Field

from minzhengtong.payments.ledger import Payment
from minzhengtong.payments.receipts import MAX_PAGE, payments_of_app
from minzhengtong.web.api.allow import AppCaller, apps
from minzhengtong.web.api.operation import operation
from minzhengtong.web.kit.current import runtime

blueprint = Blueprint("api_payments", __name__, url_prefix="/api/v1/payments")


@dataclass(frozen=True, slots=True)
class PaymentAnswer:
    """A payment as the app books it."""

    id: str
    scan_id: str
    terminal_id: str
    amount_fen: int
    subject: str
    subject_en: str | None
    reason: str | None
    reason_en: str | None
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


@blueprint.get("")
@operation("List the app's payments, newest first", apps("pay.collect"))
def list_payments(caller: AppCaller, query: PaymentsQuery) -> PaymentsAnswer:
    """One page of the calling app's payments."""
    with runtime().db.read() as conn:
        found = payments_of_app(conn, caller.app_id, before_id=query.cursor, limit=query.limit + 1)
    page = found[: query.limit]
    following = page[-1].id if len(found) > query.limit else None
    return PaymentsAnswer(tuple(map(_answer, page)), following)


def _answer(payment: Payment) -> PaymentAnswer:
    return PaymentAnswer(**{name: getattr(payment, name) for name in PaymentAnswer.__dataclass_fields__})
