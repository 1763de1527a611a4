"""A charge as one statement, which PostgreSQL alone can say. What it means is said in `ledger`.

One round trip instead of three: at eight clients a scan's rate rises by a tenth.
"""

from sqlalchemy import bindparam, exists, insert, select, update

from minzhengtong.core.prepared import Prepared
from minzhengtong.payments.models import account, payment, transfer


def _charge() -> Prepared:
    fen = bindparam("amount_fen", type_=payment.c.amount_fen.type)
    takes = update(account).where(account.c.id == bindparam("wallet_id"), account.c.balance_fen >= fen)
    taken = takes.values(balance_fen=account.c.balance_fen - fen).returning(account.c.id).cte("taken")
    row = select(*(bindparam(column.name, type_=column.type) for column in payment.columns))
    pays = insert(payment).from_select(list(payment.columns), row.select_from(taken))
    paid = pays.returning(payment.c.id, payment.c.created_at).cte("paid")
    movement = (paid.c.id, taken.c.id, account.c.id, fen, paid.c.id, paid.c.created_at)
    into = ("id", "debit_account_id", "credit_account_id", "amount_fen", "payment_id", "created_at")
    to_collector = select(*movement).where(account.c.id == bindparam("collector_id"))
    moved = insert(transfer).from_select(into, to_collector).returning(transfer.c.id).cte("moved")
    return Prepared(
        select(exists(select(taken.c.id)).label("taken"), exists(select(moved.c.id)).label("credited"))
    )


CHARGE = _charge()
"""Gives `taken`, whether the balance sufficed, and `credited`, whether the collector's account was there."""
