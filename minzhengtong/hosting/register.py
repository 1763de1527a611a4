"""Registers the hosted apps that the folders hold. Runs none of their code."""

from operator import attrgetter

from sqlalchemy import Connection

from minzhengtong.base.errors import DomainError
from minzhengtong.hosting.discover import Found, discover
from minzhengtong.registration.client_secret import client_secret
from minzhengtong.registration.register import register_hosted_app
from minzhengtong.registry.apps import AppState, all_apps, save_fault, set_state
from minzhengtong.runtime import Runtime


def register_hosted_apps(runtime: Runtime) -> None:
    """Register new and changed apps of the folders, and quarantine those that cannot run or are gone.

    Each app has a transaction of its own, so that one that cannot be registered does not stop the others.
    """
    found = discover(runtime.settings)
    for app in found:
        try:
            if not app.fault:
                _register(runtime, app)
                continue
            fault = app.fault
        except DomainError as error:
            fault = str(error)
        _save_fault(runtime, app, fault)
    with runtime.db.write() as conn:
        _quarantine_others(conn, runtime, {app.slug for app in found})


def _register(runtime: Runtime, app: Found) -> None:
    assert app.manifest is not None  # noqa: S101  # one without has a fault
    settings, now = runtime.settings, runtime.clock.now()
    with runtime.db.write() as conn:
        secret = client_secret(runtime.keyring, app.app_id)
        register_hosted_app(conn, now, settings, app.manifest, app.slug, secret)


def _save_fault(runtime: Runtime, app: Found, fault: str) -> None:
    now, origin = runtime.clock.now(), runtime.settings.app_url(app.slug)
    with runtime.db.write() as conn:
        save_fault(conn, now, app.slug, origin=origin, reason=fault)


def _quarantine_others(conn: Connection, runtime: Runtime, slugs: set[str]) -> None:
    """Quarantine active apps whose folder is gone, or whose stored manifest this version finds invalid."""
    for app in filter(attrgetter("is_active"), all_apps(conn)):
        if app.hosting_kind == "inprocess" and app.slug not in slugs:
            reason = f"no folder {app.slug} with a manifest.json"
        elif app.manifest is None:
            reason = "its manifest is not valid in this version: register the app again"
        else:
            continue
        set_state(conn, runtime.clock.now(), app.app_id, AppState.QUARANTINED, reason)
