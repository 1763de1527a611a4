"""Tables of the ledger.

Triggers made by the migrations refuse to change, delete or replace a row; only a balance may change.
"""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, String, Table, UniqueConstraint

from minzhengtong.db.columns import UtcDateTime, metadata

account = Table(
    "account",
    metadata,
    Column("id", String, primary_key=True),  # "<kind>:<owner>", so that no look-up is needed
    Column("kind", String, nullable=False),  # wallet | collector | source
    Column("owner", String, nullable=False),  # person id, app id, or "platform"
    # Stored for wallets only. A collector's balance is the sum of its transfers: one row that every payment
    # updates is locked by one payment at a time (on PostgreSQL that cost 44 % of the rate).
    Column("balance_fen", BigInteger, nullable=False),
    CheckConstraint("balance_fen >= 0", name="balance_not_negative"),
    UniqueConstraint("kind", "owner"),
)

payment = Table(
    "payment",
    metadata,
    Column("id", String, primary_key=True),
    Column("scan_id", String, nullable=False),
    Column("app_id", String, nullable=False),
    Column("terminal_id", String, nullable=False),
    Column("payer_id", String, ForeignKey("person.id"), nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("subject", String, nullable=False),
    Column("subject_en", String),
    Column("reason", String),  # explains the amount, above all an amount of 0
    Column("reason_en", String),
    Column("idempotency_key", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    CheckConstraint("amount_fen >= 0", name="amount_not_negative"),
    Index("ix_payment_app_id_id", "app_id", "id"),
    sqlite_with_rowid=False,  # a scan then writes one B-tree instead of two
)

transfer = Table(
    "transfer",
    metadata,
    # The payment's id, or "opening:<person>": the primary key ensures that each moves money once.
    Column("id", String, primary_key=True),
    Column("debit_account_id", String, ForeignKey("account.id"), nullable=False),
    Column("credit_account_id", String, ForeignKey("account.id"), nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("payment_id", String, ForeignKey("payment.id")),  # null: an opening balance
    Column("created_at", UtcDateTime, nullable=False),
    CheckConstraint("amount_fen > 0", name="amount_positive"),
    CheckConstraint("debit_account_id <> credit_account_id", name="two_accounts"),
    CheckConstraint("payment_id = id", name="id_of_payment"),
    sqlite_with_rowid=False,
)
