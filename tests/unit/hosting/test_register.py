"""Every start registers what the folders hold; an app whose stored manifest is invalid is quarantined."""

import os
from pathlib import Path

import pytest
from sqlalchemy import select, update

from minzhengtong.hosting.register import register_hosted_apps
from minzhengtong.outbound.reach import AddressRefused
from minzhengtong.registration.register import register_remote_app
from minzhengtong.registry.apps import App, AppState, AppUnknown, all_apps, app_by_id, set_state
from minzhengtong.registry.models import miniapp
from minzhengtong.runtime import Runtime
from tests.unit.registry.manifests import read, remote
from tests.world.apps import write_app

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


BAD_FILES: dict[str, tuple[str, bytes, str]] = {
    "surrogate": ("manifest.json", b'{"name": "\\ud800"}', "name: text without control characters"),
    "nul": ("manifest.json", b'{"name": "\\u0000"}', "received U+0000 at 0"),
    "latin": ("manifest.json", b'{"name": "\xe4"}', "expected JSON in UTF-8"),
    "deep": ("manifest.json", b"[" * 30_000, "manifest_invalid"),
    "texts": ("i18n/en.json", '{"好": "\\ud800"}'.encode(), "i18n/en.json: file_refused: expected 好: text"),
    "list": ("i18n/en.json", b"[]", "i18n/en.json is not a JSON object of texts"),
}


@pytest.mark.engines("sqlite", "postgresql")
def test_a_file_that_cannot_be_stored_is_a_fault_of_its_app_alone(runtime: Runtime, tmp_path: Path) -> None:
    apps = tmp_path / "apps"
    for slug, (name, data, _) in BAD_FILES.items():
        write_app(apps, slug, "")
        (apps / slug / "i18n").mkdir()
        (apps / slug / name).write_bytes(data)
    (write_app(apps, "named", "") / "named").rename(apps / os.fsdecode(b"b\xffad\n"))
    settings = runtime.settings.model_copy(update={"miniapp_dirs": (apps,)})
    register_hosted_apps(Runtime(settings, runtime.clock, runtime.db, runtime.keyring))
    with runtime.db.read() as conn:
        found = {app.slug: app for app in all_apps(conn)}
    assert found["transit"].is_active
    assert "cannot be part of a host name" in found["b\ufffdad\n"].state_reason
    for slug, (_, _, reason) in BAD_FILES.items():
        assert found[slug].state is AppState.QUARANTINED
        assert reason in found[slug].state_reason


@pytest.mark.engines("sqlite", "postgresql")
def test_an_error_with_text_that_cannot_be_stored_is_still_a_reason(runtime: Runtime) -> None:
    with runtime.db.write() as conn:
        set_state(conn, runtime.clock.now(), TRANSIT, AppState.QUARANTINED, "ValueError: a\x00b\ud800")
    assert app_of(runtime, TRANSIT).state_reason == "ValueError: a\ufffdb\ufffd"
