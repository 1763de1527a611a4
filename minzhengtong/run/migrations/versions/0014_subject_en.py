"""A payment may say in English too what it is for."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("payment", sa.Column("subject_en", sa.String()))


def downgrade() -> None:
    op.drop_column("payment", "subject_en")
