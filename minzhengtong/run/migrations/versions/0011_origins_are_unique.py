"""No two mini-apps share host and port; of those that do so already, the oldest keeps the key."""

import sqlalchemy as sa
from alembic import op

from minzhengtong.base.hosts import origin_key

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MINIAPP = sa.table(
    "miniapp",
    sa.column("app_id", sa.String),
    sa.column("origin", sa.String),
    sa.column("origin_key", sa.String),
    sa.column("manifest"),
    sa.column("created_at", sa.BigInteger),
)


def upgrade() -> None:
    op.add_column("miniapp", sa.Column("origin_key", sa.String()))
    apps = sa.select(MINIAPP.c.app_id, MINIAPP.c.origin).where(sa.cast(MINIAPP.c.manifest, sa.Text) != "{}")
    taken: set[str] = set()
    for app in op.get_bind().execute(apps.order_by(MINIAPP.c.created_at, MINIAPP.c.app_id)).all():
        key = origin_key(app.origin)
        if key not in taken:
            op.execute(sa.update(MINIAPP).where(MINIAPP.c.app_id == app.app_id).values(origin_key=key))
        taken.add(key)
    op.create_index("uq_miniapp_origin_key", "miniapp", ["origin_key"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_miniapp_origin_key", "miniapp")
    op.drop_column("miniapp", "origin_key")
