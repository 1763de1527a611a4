"""A waiting authorization request has its sender's address; a finished one has no row."""

import sqlalchemy as sa
from alembic import op

from minzhengtong.db import columns

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INDEX = "ix_interaction_address_expires_at"


def upgrade() -> None:
    op.execute("DELETE FROM interaction WHERE done_at IS NOT NULL")
    op.drop_column("interaction", "done_at")
    op.add_column("interaction", sa.Column("address", sa.String(), nullable=False, server_default=""))
    op.create_index(INDEX, "interaction", ["address", "expires_at"])


def downgrade() -> None:
    op.drop_index(INDEX, "interaction")
    op.drop_column("interaction", "address")
    op.add_column("interaction", sa.Column("done_at", columns.UtcDateTime()))
