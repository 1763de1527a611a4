"""Reads payments for the citizen who paid and for the app that was paid."""

from sqlalchemy import Connection, select

from minzhengtong.base.errors import NotFound
from minzhengtong.payments.ledger import Payment
from minzhengtong.payments.models import payment

MAX_PAGE = 100

_COLUMNS = [payment.c[name] for name in Payment.__dataclass_fields__]


def receipt(conn: Connection, payment_id: str, *, payer_id: str) -> Payment:
    """Return one payment of a citizen. Raises: NotFound, also for another citizen's payment."""
    owned = (payment.c.id == payment_id, payment.c.payer_id == payer_id)
    row = conn.execute(select(*_COLUMNS).where(*owned)).first()
    if row is None:
        raise NotFound("a payment of this caller", payment_id)
    return Payment(*row)


def payments_of_app(conn: Connection, app_id: str, *, before_id: str | None, limit: int) -> list[Payment]:
    """Return an app's payments, newest first; with `before_id`, only those older than it."""
    query = select(*_COLUMNS).where(payment.c.app_id == app_id)
    if before_id is not None:
        query = query.where(payment.c.id < before_id)
    return [Payment(*row) for row in conn.execute(query.order_by(payment.c.id.desc()).limit(limit))]
