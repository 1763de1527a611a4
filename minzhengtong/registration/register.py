"""Registers a mini-app with its OpenID client, from its manifest."""

from datetime import datetime

from sqlalchemy import Connection

from minzhengtong.base.ids import new_secret
from minzhengtong.base.settings import Settings
from minzhengtong.oidc.clients import NewClient, save_client
from minzhengtong.outbound.reach import Reach
from minzhengtong.registration.origins import check_remote_origin
from minzhengtong.registry.apps import save_app
from minzhengtong.registry.manifest import Manifest, ManifestInvalid, Remote

CALLBACK = "/oidc/callback"
BACKCHANNEL_LOGOUT = "/oidc/backchannel-logout"


def register_remote_app(conn: Connection, now: datetime, settings: Settings, manifest: Manifest) -> str:
    """Register a remote app and its client; return the client's secret, of which only a digest is stored.

    Registered again, the app gets a new secret and the old one is refused. The slug is the last part of the
    app_id. The caller commits. Raises: ManifestInvalid, ClientRefused, UriRefused, AddressRefused,
    AppIdTaken, SlugTaken, OriginTaken, TerminalTaken.
    """
    hosting, oidc = manifest.mzt.hosting, manifest.mzt.oidc
    if not isinstance(hosting, Remote) or oidc is None:
        expected, received = "mzt.hosting.kind remote", hosting.kind
        raise ManifestInvalid(expected, received, "a hosted app is a folder of miniapps/ or MZT_MINIAPP_DIRS")
    check_remote_origin(settings, hosting.origin)
    save_app(conn, now, manifest, manifest.app_id.rpartition(".")[2], hosting.origin)
    secret = new_secret()
    client = NewClient(
        client_id=manifest.app_id,
        app_id=manifest.app_id,
        name=manifest.name,
        scope=" ".join(manifest.scopes),
        secret=secret,
        **oidc.model_dump(),
    )
    save_client(conn, now, client, issuer=settings.public_url)
    if oidc.backchannel_logout_uri:
        Reach.of(settings).check_uri(oidc.backchannel_logout_uri)
    return secret


def register_hosted_app(
    conn: Connection, now: datetime, settings: Settings, manifest: Manifest, slug: str, secret: str
) -> None:
    """Register the hosted app in the folder `slug` and its client.

    The caller commits. Raises: ClientRefused, AppIdTaken, SlugTaken, OriginTaken, TerminalTaken.
    """
    origin = settings.app_url(slug)
    save_app(conn, now, manifest, slug, origin)
    client = NewClient(
        client_id=manifest.app_id,
        app_id=manifest.app_id,
        name=manifest.name,
        scope=" ".join(manifest.scopes),
        secret=secret,
        redirect_uris=(origin + CALLBACK,),
        post_logout_redirect_uris=(origin + "/",),
        backchannel_logout_uri=origin + BACKCHANNEL_LOGOUT,
    )
    save_client(conn, now, client, issuer=settings.public_url)
