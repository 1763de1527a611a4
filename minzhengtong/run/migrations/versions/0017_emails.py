"""People have an email."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

INDEX = "uq_person_email"


def upgrade() -> None:
    op.add_column("person", sa.Column("email", sa.String()))
    # As the demo people have it from now on; nobody else had one before.
    op.execute(
        "UPDATE person SET email = persona || '@example.com' WHERE persona IS NOT NULL AND phone IS NOT NULL"
    )
    op.create_index(INDEX, "person", ["email"], unique=True)


def downgrade() -> None:
    op.drop_index(INDEX, "person")
    op.drop_column("person", "email")
