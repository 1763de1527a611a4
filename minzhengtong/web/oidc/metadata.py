"""The public documents of the provider: discovery and keys."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from minzhengtong.keys.keyring import KEY_SET_SECONDS
from minzhengtong.oidc.discovery import metadata
from minzhengtong.oidc.signing import jwks
from minzhengtong.web.kit.current import keys, runtime
from minzhengtong.web.kit.guards import public
from minzhengtong.web.oidc.issuer import issuer

blueprint = Blueprint("metadata", __name__)

CACHE = {"Cache-Control": f"public, max-age={KEY_SET_SECONDS}"}
"""How long a key set may be cached: a new key is published at least that long before it signs."""


@blueprint.get("/.well-known/openid-configuration")
@public
def discovery() -> ResponseReturnValue:
    """OpenID Connect Discovery 1.0 §4."""
    return metadata(issuer()), CACHE


@blueprint.get("/oauth/jwks")
@public
def key_set() -> ResponseReturnValue:
    """RFC 7517 §5."""
    with runtime().db.read() as conn:
        return jwks(keys(conn)), CACHE
