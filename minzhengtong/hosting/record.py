"""Records mini-apps, hosted and remote, with their OpenID clients. Runs none of their code."""

import hashlib
import hmac
from datetime import datetime

from sqlalchemy import Connection

from minzhengtong.core.errors import DomainError
from minzhengtong.core.ids import new_secret
from minzhengtong.core.keys import KeyRing
from minzhengtong.core.runtime import Runtime
from minzhengtong.core.settings import Settings
from minzhengtong.hosting.discover import Found, discover
from minzhengtong.oidc.clients import NewClient, record_client
from minzhengtong.registry.apps import AppState, list_apps, record_app, record_fault, set_state
from minzhengtong.registry.manifest import Manifest, ManifestInvalid, Remote

CALLBACK = "/oidc/callback"
BACKCHANNEL_LOGOUT = "/oidc/backchannel-logout"
SECRET = "hosting"  # noqa: S105  # the name of the secret's file


def record_hosted_apps(runtime: Runtime) -> None:
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
    with runtime.db.transaction() as conn:
        _mark_gone(conn, runtime, {app.slug for app in found})


def record_remote_app(conn: Connection, now: datetime, manifest: Manifest, *, public_url: str) -> str:
    """Record a remote app and its client; return the client's secret, which is kept as a digest only.

    Recorded again, the app gets a new secret and the old one is worth nothing. The slug is the last part
    of the app_id. The caller commits. Raises: ManifestInvalid, ClientRefused, AppIdTaken, SlugTaken.
    """
    hosting, oidc = manifest.mzt.hosting, manifest.mzt.oidc
    if not isinstance(hosting, Remote) or oidc is None:
        expected, received = "mzt.hosting.kind remote", hosting.kind
        raise ManifestInvalid(expected, received, "a hosted app is a folder of miniapps/ or MZT_MINIAPP_DIRS")
    record_app(conn, now, manifest, manifest.app_id.rpartition(".")[2], hosting.origin)
    secret = new_secret()
    client = NewClient(
        client_id=manifest.app_id,
        app_id=manifest.app_id,
        name=manifest.name,
        scope=" ".join(manifest.scopes),
        secret=secret,
        **oidc.model_dump(),
    )
    record_client(conn, now, client, issuer=public_url)
    return secret


def client_secret(keyring: KeyRing, app_id: str) -> str:
    """A hosted app's client secret: every process derives the same, none is stored."""
    return hmac.new(keyring.secret(SECRET), app_id.encode(), hashlib.sha256).hexdigest()


def _record(runtime: Runtime, app: Found) -> None:
    assert app.manifest is not None  # noqa: S101  # one without has a fault
    settings, now = runtime.settings, runtime.clock.now()
    with runtime.db.transaction() as conn:
        record_app(conn, now, app.manifest, app.slug, settings.app_url(app.slug))
        client = _client(settings, app.slug, app.manifest, client_secret(runtime.keyring, app.app_id))
        record_client(conn, now, client, issuer=settings.public_url)


def _client(settings: Settings, slug: str, manifest: Manifest, secret: str) -> NewClient:
    origin = settings.app_url(slug)
    return NewClient(
        client_id=manifest.app_id,
        app_id=manifest.app_id,
        name=manifest.name,
        scope=" ".join(manifest.scopes),
        secret=secret,
        redirect_uris=(origin + CALLBACK,),
        post_logout_redirect_uris=(origin + "/",),
        backchannel_logout_uri=origin + BACKCHANNEL_LOGOUT,
    )


def _record_fault(runtime: Runtime, app: Found, fault: str) -> None:
    now, origin = runtime.clock.now(), runtime.settings.app_url(app.slug)
    with runtime.db.transaction() as conn:
        record_fault(conn, now, app.slug, origin=origin, reason=fault)


def _mark_gone(conn: Connection, runtime: Runtime, slugs: set[str]) -> None:
    for app in list_apps(conn):
        if app.hosting_kind == "inprocess" and app.slug not in slugs and app.is_active:
            reason = f"no folder {app.slug} with a manifest.json"
            set_state(conn, runtime.clock.now(), app.app_id, AppState.QUARANTINED, reason)
