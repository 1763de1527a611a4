"""Drop four indexes that no query reads: each cost every scan a page of the log and a write."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

UNREAD = {
    "ix_scan_terminal_id_id": ("scan", ["terminal_id", "id"]),
    "ix_payment_scan_id": ("payment", ["scan_id"]),
    "ix_transfer_debit_account_id": ("transfer", ["debit_account_id"]),
    "ix_transfer_credit_account_id": ("transfer", ["credit_account_id"]),
}


def upgrade() -> None:
    for name, (table, _) in UNREAD.items():
        op.drop_index(name, table_name=table)


def downgrade() -> None:
    for name, (table, columns) in UNREAD.items():
        op.create_index(name, table, columns)
