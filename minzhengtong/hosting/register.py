"""Brings the registry to what the folders of hosted apps hold. Runs none of their code."""

from sqlalchemy import Connection

from minzhengtong.base.errors import DomainError
from minzhengtong.hosting.discover import Found, discover
from minzhengtong.registration.client_secret import SECRET, client_secret
from minzhengtong.registration.register import register_hosted_app
from minzhengtong.registry.apps import AppState, all_apps, save_fault, set_state
from minzhengtong.runtime import Runtime


def register_hosted_apps(runtime: Runtime) -> None:
    """Bring the registry to what the folders hold: new and changed apps, faults, apps that are gone.

    Each app is a transaction of its own, so that one that cannot be recorded leaves the others alone.
    """
    runtime.keyring.make_secret(SECRET)
    found = discover(runtime.settings)
    for app in found:
        try:
            if not app.fault:
                _record(runtime, app)
                continue
            fault = app.fault
        except DomainError as error:
            fault = str(error)
        _record_fault(runtime, app, fault)
    with runtime.db.write() as conn:
        _mark_gone(conn, runtime, {app.slug for app in found})


def _record(runtime: Runtime, app: Found) -> None:
    assert app.manifest is not None  # noqa: S101  # one without has a fault
    settings, now = runtime.settings, runtime.clock.now()
    with runtime.db.write() as conn:
        secret = client_secret(runtime.keyring, app.app_id)
        register_hosted_app(conn, now, settings, app.manifest, app.slug, secret)


def _record_fault(runtime: Runtime, app: Found, fault: str) -> None:
    now, origin = runtime.clock.now(), runtime.settings.app_url(app.slug)
    with runtime.db.write() as conn:
        save_fault(conn, now, app.slug, origin=origin, reason=fault)


def _mark_gone(conn: Connection, runtime: Runtime, slugs: set[str]) -> None:
    for app in all_apps(conn):
        if app.hosting_kind == "inprocess" and app.slug not in slugs and app.is_active:
            reason = f"no folder {app.slug} with a manifest.json"
            set_state(conn, runtime.clock.now(), app.app_id, AppState.QUARANTINED, reason)
