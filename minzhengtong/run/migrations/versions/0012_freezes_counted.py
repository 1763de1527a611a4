"""A holder's freezes are counted: each ends the scans that are open."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("code_holder", sa.Column("freezes", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE code_holder SET freezes = 1 WHERE frozen_at IS NOT NULL")  # once at least


def downgrade() -> None:
    op.drop_column("code_holder", "freezes")
