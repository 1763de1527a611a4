"""What anybody may read of the provider: discovery document and public keys."""

from flask import Blueprint, Response, jsonify

from minzhengtong.keys.keyring import KEY_SET_SECONDS
from minzhengtong.oidc.discovery import metadata
from minzhengtong.oidc.signing import jwks
from minzhengtong.web.kit.current import keys, runtime
from minzhengtong.web.kit.guards import public
from minzhengtong.web.oidc.issuer import issuer

blueprint = Blueprint("metadata", __name__)

CACHE = f"public, max-age={KEY_SET_SECONDS}"
"""How long a key set may be old: a new key is published at least that long before it signs."""


@blueprint.get("/.well-known/openid-configuration")
@public
def discovery() -> Response:
    """OpenID Connect Discovery 1.0 §4."""
    return _cached(jsonify(metadata(issuer())))


@blueprint.get("/oauth/jwks")
@public
def key_set() -> Response:
    """RFC 7517 §5."""
    with runtime().db.read() as conn:
        return _cached(jsonify(jwks(keys(conn))))


def _cached(response: Response) -> Response:
    response.headers["Cache-Control"] = CACHE
    return response
