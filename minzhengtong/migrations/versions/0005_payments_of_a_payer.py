"""Drop an index that no query reads: a citizen's payments are found through her log, not by payer."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_payment_payer_id_id", table_name="payment")


def downgrade() -> None:
    op.create_index("ix_payment_payer_id_id", "payment", ["payer_id", "id"])
