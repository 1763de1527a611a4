"""Failed logins are counts, and devices that logged in before are known."""

import sqlalchemy as sa
from alembic import op

from minzhengtong.db import columns

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("login_failure")
    op.create_table(
        "login_failure",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("span_seconds", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=True),
        sa.Column("since", columns.UtcDateTime(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("expires_at", columns.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_login_failure_person_id")),
        sa.PrimaryKeyConstraint("subject", "span_seconds", name=op.f("pk_login_failure")),
    )
    op.create_index("ix_login_failure_person_id", "login_failure", ["person_id"])
    op.create_index("ix_login_failure_expires_at", "login_failure", ["expires_at"])
    op.create_table(
        "login_device",
        sa.Column("device_digest", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("expires_at", columns.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_login_device_person_id")),
        sa.PrimaryKeyConstraint("device_digest", "person_id", name=op.f("pk_login_device")),
    )
    op.create_index("ix_login_device_expires_at", "login_device", ["expires_at"])


def downgrade() -> None:
    op.drop_table("login_device")
    op.drop_table("login_failure")
    op.create_table(
        "login_failure",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("phone_digest", sa.String(), nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_failure")),
    )
    op.create_index("ix_login_failure_phone_digest_at", "login_failure", ["phone_digest", "at"])
