"""The discovery document (OpenID Connect Discovery 1.0 §3)."""

from typing import Any

from minzhengtong.oidc.claims import CLAIMS, claim_names
from minzhengtong.oidc.client_metadata import ALGORITHMS, AUTH_METHODS
from minzhengtong.registry.scopes import SCOPES

ID_TOKEN_CLAIMS = ("iss", "aud", "iat", "exp", "sub", "sid", "acr", "amr", "auth_time", "nonce", "at_hash")
PROMPTS = ("none", "login", "consent", "select_account")

_ENDPOINTS = {
    "authorization_endpoint": "/oauth/authorize",
    "token_endpoint": "/oauth/token",
    "userinfo_endpoint": "/oauth/userinfo",
    "jwks_uri": "/oauth/jwks",
    "introspection_endpoint": "/oauth/introspect",
    "revocation_endpoint": "/oauth/revoke",
    "end_session_endpoint": "/oauth/logout",
}
_SUPPORTED: dict[str, Any] = {
    "scopes_supported": list(SCOPES),
    "claims_supported": [*ID_TOKEN_CLAIMS, *claim_names(CLAIMS)],
    "response_types_supported": ["code"],
    "response_modes_supported": ["query"],
    "grant_types_supported": ["authorization_code", "client_credentials"],
    "subject_types_supported": ["pairwise"],
    "acr_values_supported": ["urn:mzt:acr:1", "urn:mzt:acr:2"],
    "id_token_signing_alg_values_supported": list(ALGORITHMS),
    "token_endpoint_auth_methods_supported": list(AUTH_METHODS),
    "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
    "introspection_endpoint_auth_methods_supported": [name for name in AUTH_METHODS if name != "none"],
    "revocation_endpoint_auth_methods_supported": list(AUTH_METHODS),
    "code_challenge_methods_supported": ["S256"],
    "prompt_values_supported": list(PROMPTS),
    "ui_locales_supported": ["zh-Hans", "en"],
    "authorization_response_iss_parameter_supported": True,
    "backchannel_logout_supported": True,
    "backchannel_logout_session_supported": True,
    "claims_parameter_supported": True,
    "request_parameter_supported": False,
    "request_uri_parameter_supported": False,
}


def metadata(issuer: str) -> dict[str, Any]:
    """The document; it lists only what is supported."""
    return {"issuer": issuer} | {name: issuer + path for name, path in _ENDPOINTS.items()} | _SUPPORTED
