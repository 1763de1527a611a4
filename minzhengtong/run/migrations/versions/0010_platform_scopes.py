"""Mini-apps recorded with a scope of the platform's own lose it."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from minzhengtong.db import columns

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

OURS = ("bench.scan", "ledger.read")

MINIAPP = sa.table("miniapp", sa.column("app_id", sa.String), sa.column("manifest", columns.JsonColumn))
CLIENT = sa.table(
    "oauth_client",
    sa.column("client_id", sa.String),
    sa.column("app_id", sa.String),
    sa.column("scope", sa.String),
)


def upgrade() -> None:
    for app in op.get_bind().execute(sa.select(MINIAPP)).all():
        if _strip(app.manifest):
            same = sa.update(MINIAPP).where(MINIAPP.c.app_id == app.app_id)
            op.execute(same.values(manifest=app.manifest))
    for client in op.get_bind().execute(sa.select(CLIENT).where(CLIENT.c.app_id.is_not(None))).all():
        scope = " ".join(name for name in client.scope.split() if name not in OURS)
        op.execute(sa.update(CLIENT).where(CLIENT.c.client_id == client.client_id).values(scope=scope))


def downgrade() -> None:
    pass  # the scopes do not come back


def _strip(manifest: dict[str, Any]) -> bool:
    """Take the platform's scopes out of a manifest; return whether it had one."""
    mzt = manifest.get("mzt", {})
    had = mzt.get("operator_scopes", [])
    kept = [entry for entry in had if entry["name"] not in OURS]
    if len(kept) == len(had):
        return False
    mzt["operator_scopes"] = kept
    return True
