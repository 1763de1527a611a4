"""A client may be native, have keys of its own, share a sector, and get UserInfo signed."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from minzhengtong.db import columns

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

NEW_ALGORITHMS = ("PS256", "EdDSA")
"""An older version cannot use these, nor publish a key of Ed25519."""
OLD_SETTINGS = (
    "redirect_uris",
    "post_logout_redirect_uris",
    "backchannel_logout_uri",
    "token_endpoint_auth_method",
    "id_token_signed_response_alg",
)
"""An older version finds a manifest with others invalid."""

CLIENT = sa.table("oauth_client", sa.column("id_token_signed_response_alg", sa.String))
KEY = sa.table(
    "signing_key",
    *(sa.column(name, sa.String) for name in ("use", "alg", "state")),
    sa.column("due_at", sa.BigInteger),
)
APP = sa.table("miniapp", sa.column("app_id", sa.String), sa.column("manifest", columns.JsonColumn))


def upgrade() -> None:
    op.add_column(
        "oauth_client", sa.Column("application_type", sa.String(), nullable=False, server_default="web")
    )
    op.add_column("oauth_client", sa.Column("userinfo_signed_response_alg", sa.String()))
    op.add_column("oauth_client", sa.Column("jwks", columns.JsonColumn))
    op.add_column("oauth_client", sa.Column("jwks_uri", sa.String()))
    op.add_column("oauth_client", sa.Column("sector_identifier_uri", sa.String()))
    for alg in NEW_ALGORITHMS:
        _change_keys(f"{alg}:active", "revoked", {"alg": alg, "state": "active"})


def downgrade() -> None:
    """Put the active keys of the new algorithms where an older version does not look."""
    for alg in NEW_ALGORITHMS:
        _change_keys(alg, "next", {"state": "revoked", "due_at": None})
        _change_keys(alg, "retired", {"state": "revoked", "due_at": None})
        _change_keys(alg, "active", {"state": "revoked", "alg": f"{alg}:active"})
        chosen = CLIENT.c.id_token_signed_response_alg
        op.execute(sa.update(CLIENT).where(chosen == alg).values({chosen: "RS256"}))
    for app_id, manifest in op.get_bind().execute(sa.select(APP.c.app_id, APP.c.manifest)).all():
        if oidc := manifest.get("mzt", {}).get("oidc"):
            known = {
                name: oidc[name] for name in OLD_SETTINGS if oidc.get(name) not in (None, *NEW_ALGORITHMS)
            }
            changed = manifest | {"mzt": manifest["mzt"] | {"oidc": known}}
            op.execute(sa.update(APP).where(APP.c.app_id == app_id).values(manifest=changed))
    for name in ("sector_identifier_uri", "jwks_uri", "jwks", "userinfo_signed_response_alg"):
        op.drop_column("oauth_client", name)
    op.drop_column("oauth_client", "application_type")


def _change_keys(alg: str, state: str, values: dict[str, Any]) -> None:
    of_id_tokens = (KEY.c.use == "id_token") & (KEY.c.alg == alg) & (KEY.c.state == state)
    op.execute(sa.update(KEY).where(of_id_tokens).values(values))
