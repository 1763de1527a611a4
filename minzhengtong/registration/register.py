"""Registers a mini-app with its OpenID client, from its manifest."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from minzhengtong.base.ids import new_secret
from minzhengtong.base.settings import Settings
from minzhengtong.oidc.client_metadata import NewClient
from minzhengtong.oidc.clients import client_to_notify, save_client
from minzhengtong.outbound.reach import Reach
from minzhengtong.registration.origins import check_remote_origin
from minzhengtong.registry.apps import save_app
from minzhengtong.registry.manifest import Manifest, ManifestInvalid, Remote
from minzhengtong.registry.oidc_client import Oidc

CALLBACK = "/oidc/callback"
BACKCHANNEL_LOGOUT = "/oidc/backchannel-logout"


def register_remote_app(
    conn: Connection, now: datetime, settings: Settings, manifest: Manifest
) -> str | None:
    """Register a remote app and its client; return the client's secret, of which only a digest is stored.

    None if the client proves itself by a key or not at all. Registered again, the app gets a new secret and
    the old one is refused. The slug is the last part of the app_id. The caller commits. Raises:
    ManifestInvalid, ClientRefused, UriRefused, AddressRefused, AppIdTaken, SlugTaken, OriginTaken,
    TerminalTaken.
    """
    hosting, oidc = manifest.mzt.hosting, manifest.mzt.oidc
    if not isinstance(hosting, Remote) or oidc is None:
        expected, received = "mzt.hosting.kind remote", hosting.kind
        raise ManifestInvalid(expected, received, "a hosted app is a folder of miniapps/ or MZT_MINIAPP_DIRS")
    check_remote_origin(settings, hosting.origin)
    save_app(conn, now, manifest, manifest.app_id.rpartition(".")[2], hosting.origin)
    client = _new_client(conn, manifest, oidc)
    save_client(conn, now, client, issuer=settings.public_url)
    _check_addresses(settings, oidc)
    return client.secret


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
        id_token_signed_response_alg="ES256",  # noqa: S106  # theirs since before RS256 was the default
    )
    save_client(conn, now, client, issuer=settings.public_url)


def _check_addresses(settings: Settings, oidc: Oidc) -> None:
    """Check what need not be at the app's origin: a native app's own addresses, and what we call."""
    for uri in (*oidc.redirect_uris, *oidc.post_logout_redirect_uris):
        if uri.startswith("http:"):
            check_remote_origin(settings, uri)
    for called in (oidc.backchannel_logout_uri, oidc.jwks_uri, oidc.sector_identifier_uri):
        if called:
            Reach.of(settings).check_uri(called)


def _new_client(conn: Connection, manifest: Manifest, oidc: Oidc) -> NewClient:
    settings: dict[str, Any] = oidc.model_dump()
    if oidc.id_token_signed_response_alg is None:
        recorded = client_to_notify(conn, manifest.app_id)
        settings["id_token_signed_response_alg"] = (
            recorded.id_token_signed_response_alg if recorded else "RS256"
        )
    return NewClient(
        client_id=manifest.app_id,
        app_id=manifest.app_id,
        name=manifest.name,
        scope=" ".join(manifest.scopes),
        secret=new_secret() if oidc.token_endpoint_auth_method.startswith("client_secret_") else None,
        **settings,
    )
