"""Let a key know when its state moves on, and allow one signing and one coming key at a time."""

import sqlalchemy as sa
from alembic import op

from minzhengtong.core import db

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ONE_AT_A_TIME = {
    "uq_signing_key_active": "state = 'active'",
    "uq_signing_key_next": "state = 'next'",
}
WAITED = 310_000_000  # microseconds from publishing a key to its first signature


def upgrade() -> None:
    op.add_column("signing_key", sa.Column("due_at", db.UtcDateTime(), nullable=True))
    op.execute(f"UPDATE signing_key SET due_at = created_at + {WAITED} WHERE state = 'next'")  # noqa: S608
    for name, condition in ONE_AT_A_TIME.items():
        where = sa.text(condition)
        op.create_index(
            name,
            "signing_key",
            ["use", "alg", "region"],
            unique=True,
            sqlite_where=where,
            postgresql_where=where,
        )


def downgrade() -> None:
    for name in ONE_AT_A_TIME:
        op.drop_index(name, table_name="signing_key")
    op.drop_column("signing_key", "due_at")
