"""The OpenID Connect client of a remote app, as its manifest describes it."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

AuthMethod = Literal["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]
ApplicationType = Literal["web", "native"]
GrantType = Literal[
    "authorization_code",
    "client_credentials",
    "refresh_token",
    "urn:ietf:params:oauth:grant-type:device_code",
]
SigningAlg = Literal["RS256", "ES256", "PS256", "EdDSA"]
"""Never `none`, and never HS256, whose key would be the client's secret."""


def _usual_grants(before: dict[str, Any]) -> tuple[GrantType, ...]:
    """A public client proves nothing, so it gets no token of its own (RFC 6749 §4.4)."""
    if before.get("token_endpoint_auth_method") == "none":
        return ("authorization_code",)
    return ("authorization_code", "client_credentials")


class Oidc(BaseModel):
    """Names of RFC 7591 and OpenID Connect Dynamic Client Registration 1.0; `require_pkce` is ours.

    What contradicts itself is refused when the client is saved, by `minzhengtong.oidc.client_checks`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    application_type: ApplicationType = "web"
    """`native`: an app on the person's device, with a loopback port of its choice or a private-use scheme."""
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str | None = None
    token_endpoint_auth_method: AuthMethod = "client_secret_basic"  # noqa: S105
    """How it proves itself; `none` is a public client, such as a page in a browser: it keeps no secret."""
    grant_types: tuple[GrantType, ...] = Field(default_factory=_usual_grants, min_length=1)
    require_pkce: bool = True
    """False lets in an old library; without PKCE a stolen code can be redeemed (RFC 9700 §2.1.1)."""
    id_token_signed_response_alg: SigningAlg | None = None
    """Left out, it is RS256 for a new app (Registration 1.0 §2), and what it was for a recorded one."""
    userinfo_signed_response_alg: SigningAlg | None = None
    """Left out, UserInfo is plain JSON."""
    sector_identifier_uri: str | None = None
    """A list of redirect URIs of several apps, which then know a person by one `sub`."""
    jwks: dict[str, Any] | None = None
    """The public keys of `private_key_jwt`, or `jwks_uri`, where they are fetched."""
    jwks_uri: str | None = None
