"""An app that was recorded with scopes of the platform's own loses them, and keeps all else."""

import pytest
from sqlalchemy import text, update

from minzhengtong.oidc.clients import client_by_id
from minzhengtong.oidc.models import oauth_client
from minzhengtong.registry.apps import app_by_id
from minzhengtong.registry.models import miniapp
from minzhengtong.registry.terminals import own_terminal
from minzhengtong.run import migrations
from minzhengtong.runtime import Runtime
from tests.world.facts import GATE

pytestmark = pytest.mark.engines("sqlite", "postgresql")
TRANSIT = "example.fuzhou.transit"


def test_an_app_recorded_with_a_scope_of_the_platform_loses_it(runtime: Runtime) -> None:
    with runtime.db.write() as conn:
        known = app_by_id(conn, TRANSIT).manifest
        assert known
        migrations.downgrade(conn, "0009")
        recorded = known.model_dump(mode="json", by_alias=True)
        recorded["mzt"]["operator_scopes"] += [{"name": "bench.scan"}, {"name": "ledger.read"}]
        conn.execute(update(miniapp).where(miniapp.c.app_id == TRANSIT).values(manifest=recorded))
        conn.execute(text("UPDATE oauth_client SET scope = scope || ' bench.scan ledger.read'"))
    with runtime.db.write() as conn:
        migrations.upgrade(conn)
    with runtime.db.read() as conn:
        assert app_by_id(conn, TRANSIT).manifest == known
        assert own_terminal(conn, TRANSIT, GATE)
        apps, own = client_by_id(conn, TRANSIT), client_by_id(conn, "mzt-cli")
        assert conn.execute(oauth_client.select().where(oauth_client.c.scope.contains("ledger.read"))).one()
    assert apps
    assert own
    assert apps.scope.split() == list(known.scopes)
    assert "bench.scan" in own.scope
