"""The ledger: each movement of money is one transfer between two accounts.

Accounts are `wallet:<person>`, `collector:<app>` and `source:platform`. Only wallets store their balance.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, exists, select, update

from minzhengtong.base.ids import new_id
from minzhengtong.base.money import check_amount_fen
from minzhengtong.db.row_insert import RowInsert
from minzhengtong.db.upsert import insert_if_new
from minzhengtong.payments.models import account, payment, transfer

SOURCE = "source:platform"
"""Where opening balances come from; the sum of its transfers is minus the sum of all others."""


@dataclass(frozen=True, slots=True)
class Charge:
    """A payment to be made; `reason` explains the amount, above all an amount of 0."""

    scan_id: str
    app_id: str
    terminal_id: str
    payer_id: str
    amount_fen: int
    subject: str
    subject_en: str | None
    reason: str | None
    reason_en: str | None
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class Payment(Charge):
    """A charge that was made."""

    id: str
    created_at: datetime

    @property
    def receipt_no(self) -> str:
        """The number on both receipts: the citizen's and the terminal's."""
        return self.id.removeprefix("pay_").upper()


@dataclass(frozen=True, slots=True)
class InsufficientBalance:
    """The wallet holds less than `needed_fen`. The balance itself is not told to the app."""

    needed_fen: int


_collector = account.alias("collector")
_INSERT_PAYMENT = RowInsert(payment)
_INSERT_TRANSFER = RowInsert(transfer)
_TAKE = (
    update(account)
    .where(account.c.id == bindparam("wallet_id"), account.c.balance_fen >= bindparam("amount_fen"))
    .values(balance_fen=account.c.balance_fen - bindparam("amount_fen"))
    .returning(
        exists(select(_collector.c.id).where(_collector.c.id == bindparam("collector_id"))).label(
            "has_collector"
        )
    )
)


def open_account(conn: Connection, kind: str, owner: str) -> bool:
    """Open an empty account; return False if it exists already. The caller commits."""
    name = f"{kind}:{owner}"
    if conn.execute(select(account.c.id).where(account.c.id == name)).first():
        return False  # a trigger on SQLite refuses a second row before the conflict is seen
    return insert_if_new(conn, account, {"id": name, "kind": kind, "owner": owner, "balance_fen": 0})


def open_wallet(conn: Connection, now: datetime, person_id: str, amount_fen: int) -> bool:
    """Open a wallet with money from the source; return False if it exists already. The caller commits."""
    if not open_account(conn, "wallet", person_id):
        return False
    if amount_fen:
        wallet = f"wallet:{person_id}"
        conn.execute(update(account).where(account.c.id == wallet).values(balance_fen=amount_fen))
        _INSERT_TRANSFER.run(conn, _movement(f"opening:{person_id}", SOURCE, wallet, amount_fen, now))
    return True


def charge(conn: Connection, now: datetime, wanted: Charge) -> Payment | InsufficientBalance:
    """Move the amount from the payer's wallet to the app's collector. A charge of 0 is a payment without one.

    One conditional UPDATE takes the money if the balance suffices; otherwise nothing is written. The
    caller commits. Raises: InvalidInput on an amount that cannot be charged.
    """
    fen = check_amount_fen(wanted.amount_fen)
    facts = {name: getattr(wanted, name) for name in Charge.__dataclass_fields__}
    made = Payment(**facts, id=new_id("pay", now), created_at=now)
    wallet, collector = f"wallet:{wanted.payer_id}", f"collector:{wanted.app_id}"
    if fen:
        wanted_fen = {"wallet_id": wallet, "collector_id": collector, "amount_fen": fen}
        taken = conn.execute(_TAKE, wanted_fen).first()
        if taken is None:
            return InsufficientBalance(fen)
        if not taken.has_collector:  # an app's collector is opened with its first payment
            open_account(conn, "collector", wanted.app_id)
    _INSERT_PAYMENT.run(conn, {**facts, "id": made.id, "created_at": now})
    if fen:
        movement = _movement(made.id, wallet, collector, fen, now)
        _INSERT_TRANSFER.run(conn, movement | {"payment_id": made.id})
    return made


def balance_fen(conn: Connection, person_id: str) -> int:
    """Return the balance of a person's wallet; 0 when there is no wallet."""
    query = select(account.c.balance_fen).where(account.c.id == f"wallet:{person_id}")
    return conn.execute(query).scalar() or 0


def _movement(name: str, debit: str, credit: str, amount_fen: int, now: datetime) -> dict[str, object]:
    """Return the row of a transfer that belongs to no payment."""
    sides = {"debit_account_id": debit, "credit_account_id": credit}
    return {"id": name, **sides, "amount_fen": amount_fen, "payment_id": None, "created_at": now}
