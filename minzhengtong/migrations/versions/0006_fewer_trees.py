"""Fewer trees for a scan to write.

A transfer's name is its payment's, and a holder's row names her last use.
"""

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

from minzhengtong.core import db
from minzhengtong.core.rows import BigSerial

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

PAYMENT = ["id", "scan_id", "app_id", "terminal_id", "payer_id"]
PAYMENT += ["amount_fen", "subject", "reason", "idempotency_key", "created_at"]
MOVEMENT = ("debit_account_id", "credit_account_id", "amount_fen", "payment_id", "created_at")
NAME_OF_MOVEMENT = """CASE
    WHEN payment_id IS NOT NULL THEN payment_id
    WHEN debit_account_id = 'source:platform' AND row_number() OVER (
        PARTITION BY debit_account_id, credit_account_id, payment_id ORDER BY id
    ) = 1 THEN replace(credit_account_id, 'wallet:', 'opening:')
    ELSE 'transfer:' || id END"""  # the last: nothing of ours wrote such a row, but none may be lost


LATE = ("ix_login_session_person_id", "ix_login_session_expires_at")
"""An early 0005 dropped the first of its three indexes alone: who went up with it has these still."""


def upgrade() -> None:
    for name in LATE:
        op.drop_index(name, table_name="login_session", if_exists=True)
    op.add_column("code_holder", sa.Column("last_use", sa.String(), nullable=True))
    newest = "(SELECT max(id) FROM scan WHERE scan.person_id = code_holder.person_id)"
    op.execute(f"UPDATE code_holder SET last_use = {newest}")  # noqa: S608
    op.drop_index("ix_scan_person_id_id", table_name="scan")
    _set_aside("transfer")  # first, because it refers to payments
    _make_payments_anew(sqlite_with_rowid=False)
    _put_back(
        "transfer",
        {"id": NAME_OF_MOVEMENT, **_as_they_are(MOVEMENT)},
        sa.Column("id", sa.String(), nullable=False),
        *_movement_parts(),
        sa.CheckConstraint("payment_id = id", name=op.f("ck_transfer_id_of_payment")),
        sqlite_with_rowid=False,
    )
    _refuse_changes("transfer")


def downgrade() -> None:
    _set_aside("transfer")
    _make_payments_anew(sqlite_with_rowid=True)
    _put_back(
        "transfer",
        {"id": "row_number() OVER (ORDER BY created_at, id)", **_as_they_are(MOVEMENT)},
        sa.Column("id", BigSerial, autoincrement=True, nullable=False),
        *_movement_parts(),
        sa.UniqueConstraint("payment_id", name=op.f("uq_transfer_payment_id")),
    )
    _continue_counting("transfer")
    _refuse_changes("transfer")
    op.create_index("ix_scan_person_id_id", "scan", ["person_id", "id"])
    op.drop_column("code_holder", "last_use")


def _make_payments_anew(*, sqlite_with_rowid: bool) -> None:
    """Where PostgreSQL has no choice, there is nothing to do."""
    if op.get_bind().dialect.name != "sqlite":
        return
    _set_aside("payment")
    _put_back(
        "payment",
        _as_they_are(PAYMENT),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("scan_id", sa.String(), nullable=False),
        sa.Column("app_id", sa.String(), nullable=False),
        sa.Column("terminal_id", sa.String(), nullable=False),
        sa.Column("payer_id", sa.String(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_payment_amount_not_negative")),
        sa.ForeignKeyConstraint(["payer_id"], ["person.id"], name=op.f("fk_payment_payer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sqlite_with_rowid=sqlite_with_rowid,
    )
    op.create_index("ix_payment_app_id_id", "payment", ["app_id", "id"])


def _movement_parts() -> list[SchemaItem]:
    references = {"debit_account_id": "account", "credit_account_id": "account", "payment_id": "payment"}
    return [
        sa.Column("debit_account_id", sa.String(), nullable=False),
        sa.Column("credit_account_id", sa.String(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("payment_id", sa.String(), nullable=True),
        sa.Column("created_at", db.UtcDateTime(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_transfer_amount_positive")),
        sa.CheckConstraint("debit_account_id <> credit_account_id", name=op.f("ck_transfer_two_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_transfer_{column}"))
            for column, table in references.items()
        ),
    ]


def _as_they_are(names: Iterable[str]) -> dict[str, str]:
    return {name: f'"{name}"' for name in names}


def _set_aside(table: str) -> None:
    """Keep the rows apart while there is no table: two at once would want the same names of constraints."""
    op.execute(f"CREATE TABLE {table}_aside AS SELECT * FROM {table}")  # noqa: S608
    op.drop_table(table)


def _put_back(table: str, values: Mapping[str, str], *parts: SchemaItem, **options: bool) -> None:
    """Make a table of these parts, each column filled from its value in the rows that were set aside."""
    op.create_table(table, *parts, **options)
    names = ", ".join(f'"{name}"' for name in values)
    facts = ", ".join(values.values())
    op.execute(f"INSERT INTO {table} ({names}) SELECT {facts} FROM {table}_aside ORDER BY 1")  # noqa: S608
    op.drop_table(f"{table}_aside")


def _continue_counting(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":  # which goes on after the highest by itself
        return
    following = f"(SELECT coalesce(max(id), 0) + 1 FROM {table})"  # noqa: S608
    op.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {following}, false)")


def _refuse_changes(table: str) -> None:
    """As 0002, whose triggers went with the old table."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    body = refuse if sqlite else "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    for deed in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} {body}")
