"""Every start registers what the folders hold; an app whose stored manifest is invalid is quarantined."""

import pytest
from sqlalchemy import select, update

from minzhengtong.hosting.register import register_hosted_apps
from minzhengtong.outbound.reach import AddressRefused
from minzhengtong.registration.register import register_remote_app
from minzhengtong.registry.apps import App, AppState, AppUnknown, app_by_id
from minzhengtong.registry.models import miniapp
from minzhengtong.runtime import Runtime
from tests.unit.registry.manifests import read, remote

TRANSIT, REMOTE = "example.fuzhou.transit", "example.vendor.kiosk1"


@pytest.fixture
def registered(runtime: Runtime) -> Runtime:
    """A hosted app and a remote one whose stored manifests have a want that is refused today."""
    with runtime.db.write() as conn:
        register_remote_app(conn, runtime.clock.now(), runtime.settings, read(remote()))
        for app_id in (TRANSIT, REMOTE):
            this = miniapp.c.app_id == app_id
            document = conn.execute(select(miniapp.c.manifest).where(this)).scalar_one()
            document["mzt"]["terminals"][0]["wants"] = [{"kind": "predicate", "type": "passport"}]
            conn.execute(update(miniapp).where(this).values(manifest=document))
    return runtime


def app_of(runtime: Runtime, app_id: str) -> App:
    with runtime.db.read() as conn:
        return app_by_id(conn, app_id)


def test_a_hosted_app_gets_the_manifest_of_its_folder_again(registered: Runtime) -> None:
    assert app_of(registered, TRANSIT).manifest is None
    register_hosted_apps(registered)
    assert app_of(registered, TRANSIT).manifest is not None
    assert app_of(registered, TRANSIT).is_active


def test_a_remote_app_is_quarantined_until_it_is_registered_again(registered: Runtime) -> None:
    register_hosted_apps(registered)
    app = app_of(registered, REMOTE)
    assert (app.state, app.state_reason) == (
        AppState.QUARANTINED,
        "its manifest is not valid in this version: register the app again",
    )


@pytest.mark.parametrize("origin", ["https://169.254.169.254", "https://10.0.0.1", "https://[::ffff:7f00:1]"])
def test_a_remote_app_that_could_never_be_told_of_a_logout_is_refused(runtime: Runtime, origin: str) -> None:
    with pytest.raises(AddressRefused), runtime.db.write() as conn:
        register_remote_app(conn, runtime.clock.now(), runtime.settings, read(remote(origin)))
    with pytest.raises(AppUnknown):
        app_of(runtime, REMOTE)
