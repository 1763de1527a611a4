"""A terminal's wants are read from its app's manifest; what a search for apps reads has a column."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from minzhengtong.db import columns

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MINIAPP = sa.table(
    "miniapp",
    sa.column("app_id", sa.String),
    sa.column("slug", sa.String),
    sa.column("manifest", columns.JsonColumn),
    sa.column("searched", sa.Text),
)
TERMINAL = sa.table("terminal", sa.column("id", sa.String), sa.column("wants", columns.JsonColumn))


def upgrade() -> None:
    op.add_column("miniapp", sa.Column("searched", sa.Text(), nullable=False, server_default=""))
    for app in op.get_bind().execute(sa.select(MINIAPP)).all():
        text = _searched(app.manifest) or app.slug
        op.execute(sa.update(MINIAPP).where(MINIAPP.c.app_id == app.app_id).values(searched=text))
    with op.batch_alter_table("terminal") as terminal:
        terminal.drop_column("wants")


def downgrade() -> None:
    with op.batch_alter_table("terminal") as terminal:
        terminal.add_column(sa.Column("wants", columns.JsonColumn))
    op.execute(sa.update(TERMINAL).values(wants=[]))
    for app in op.get_bind().execute(sa.select(MINIAPP.c.manifest)).all():
        for entry in app.manifest.get("mzt", {}).get("terminals", []):
            same = sa.update(TERMINAL).where(TERMINAL.c.id == entry["id"])
            op.execute(same.values(wants=entry.get("wants", [])))
    with op.batch_alter_table("terminal") as terminal:
        terminal.alter_column("wants", nullable=False)
    op.drop_column("miniapp", "searched")


def _searched(manifest: dict[str, Any]) -> str:
    owner = manifest.get("mzt", {}).get("owner", {})
    names = [manifest.get(name, "") for name in ("name", "name_en", "description", "description_en")]
    return " ".join([*names, owner.get("department", ""), owner.get("department_en", "")]).lower().strip()
