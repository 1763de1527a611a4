"""Events and login sessions have indexes, by which the worker finds those to delete."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

INDEXES = (
    ("outbox_event", "created_at"),
    ("login_session", "expires_at"),
    ("authorization_code", "session_digest"),
)


def upgrade() -> None:
    for table, column in INDEXES:
        op.create_index(f"ix_{table}_{column}", table, [column])


def downgrade() -> None:
    for table, column in INDEXES:
        op.drop_index(f"ix_{table}_{column}", table)
