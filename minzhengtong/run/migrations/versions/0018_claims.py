"""Codes and tokens keep the claims that a request asked for by name."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLES = ("authorization_code", "access_token")
CLAIMS = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("claims", CLAIMS))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "claims")
