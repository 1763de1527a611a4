"""Drop three indexes that no query reads: payments are found by the log or the app, sessions by their id."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

UNREAD = {
    "ix_payment_payer_id_id": ("payment", ["payer_id", "id"]),
    "ix_login_session_person_id": ("login_session", ["person_id"]),
    "ix_login_session_expires_at": ("login_session", ["expires_at"]),
}


def upgrade() -> None:
    for name, (table, _) in UNREAD.items():
        op.drop_index(name, table_name=table)


def downgrade() -> None:
    for name, (table, columns) in UNREAD.items():
        op.create_index(name, table, columns)
