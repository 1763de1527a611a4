"""A payment may say in English too why its amount is what it is."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("payment", sa.Column("reason_en", sa.String()))


def downgrade() -> None:
    op.drop_column("payment", "reason_en")
