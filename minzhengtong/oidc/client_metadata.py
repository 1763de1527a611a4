"""What a client registers, with the names of RFC 7591 and OpenID Connect Dynamic Client Registration 1.0."""

from dataclasses import dataclass
from typing import Any, get_args

from minzhengtong.registry.oidc_client import ApplicationType, AuthMethod, GrantType, SigningAlg

APPLICATION_TYPES: tuple[str, ...] = get_args(ApplicationType)
AUTH_METHODS: tuple[str, ...] = get_args(AuthMethod)
GRANT_TYPES: tuple[str, ...] = get_args(GrantType)
ALGORITHMS: tuple[str, ...] = get_args(SigningAlg)
"""RS256 is the default of OpenID Connect, so every provider must have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientMetadata:
    """The settings of a client, the same before and after it is saved."""

    client_id: str
    app_id: str | None = None
    name: str
    scope: str
    application_type: str = "web"
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str | None = None
    grant_types: tuple[str, ...] = ("authorization_code", "client_credentials")
    token_endpoint_auth_method: str = "client_secret_basic"  # noqa: S105
    id_token_signed_response_alg: str = "RS256"  # noqa: S105
    userinfo_signed_response_alg: str | None = None
    require_pkce: bool = True
    sector_identifier_uri: str | None = None
    jwks: dict[str, Any] | None = None
    jwks_uri: str | None = None

    @property
    def is_public(self) -> bool:
        """Whether it proves nothing at the token endpoint (RFC 6749 §2.1)."""
        return self.token_endpoint_auth_method == "none"  # noqa: S105

    @property
    def has_secret(self) -> bool:
        """Whether it proves itself by a secret."""
        return self.token_endpoint_auth_method.startswith("client_secret_")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClient(ClientMetadata):
    """A client to be saved. Its secret is None if its method needs none."""

    secret: str | None = None
