"""Tables of the ledger. Transfers are never changed or deleted: triggers of the migration refuse it."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, String, Table, UniqueConstraint

from minzhengtong.db.columns import UtcDateTime, metadata

account = Table(
    "account",
    metadata,
    Column("id", String, primary_key=True),  # "<kind>:<owner>", so that nobody looks it up
    Column("kind", String, nullable=False),  # wallet | collector | source
    Column("owner", String, nullable=False),  # person id, app id, or "platform"
    # Kept for wallets only. A collector's is the sum of its transfers: one balance row that every
    # payment updates would be the hottest row of the house (on PostgreSQL it cost 44 % of the rate).
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
    Column("reason", String),  # why the amount is what it is, above all why 0
    Column("idempotency_key", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    CheckConstraint("amount_fen >= 0", name="amount_not_negative"),
    Index("ix_payment_app_id_id", "app_id", "id"),
    sqlite_with_rowid=False,  # one tree instead of two for a scan to write
)

transfer = Table(
    "transfer",
    metadata,
    # The payment's id, or "opening:<person>": either moves money once, and one tree says so.
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
