"""The tokens of a person at an app have an index, by which they are revoked."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

INDEX = "ix_access_token_person_id_client_id"


def upgrade() -> None:
    op.create_index(INDEX, "access_token", ["person_id", "client_id"])


def downgrade() -> None:
    op.drop_index(INDEX, "access_token")
