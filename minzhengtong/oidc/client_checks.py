"""Which registrations of clients can work and are safe. Reads nothing, so it says all faults at once."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from minzhengtong.base.errors import InvalidInput
from minzhengtong.oidc.client_metadata import (
    ALGORITHMS,
    APPLICATION_TYPES,
    AUTH_METHODS,
    GRANT_TYPES,
    NewClient,
)
from minzhengtong.oidc.uris import check_uri
from minzhengtong.registry.scopes import PLATFORM_SCOPES, scope_named

CLIENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,63}")
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"


class ClientRefused(InvalidInput):
    """A client's registration that cannot work or would not be safe; every fault is named."""

    code = "client_refused"
    title = "The client cannot be registered like this"


class Fault(NamedTuple):
    expected: str
    received: str


def check_client(new: NewClient, issuer: str) -> None:
    """Check a registration. Raises: ClientRefused, UriRefused, ScopeUnknown."""
    faults = [*_choices(new), *_scopes(new), *_proof(new), *_key_sets(new), *_grants(new)]
    if faults:
        raise ClientRefused(*("; ".join(words) for words in zip(*faults, strict=True)))
    native = new.application_type == "native"
    for uri in (*new.redirect_uris, *new.post_logout_redirect_uris):
        check_uri(uri, issuer, native=native)
    for called in (new.backchannel_logout_uri, new.jwks_uri, new.sector_identifier_uri):
        if called:
            check_uri(called, issuer)


def _choices(new: NewClient) -> Iterator[Fault]:
    if not CLIENT_ID.fullmatch(new.client_id):
        yield Fault("client_id: 3 to 64 of letters, digits, dot, dash, underscore", new.client_id)
    chosen = (
        (APPLICATION_TYPES, new.application_type),
        (AUTH_METHODS, new.token_endpoint_auth_method),
        (ALGORITHMS, new.id_token_signed_response_alg),
        (ALGORITHMS, new.userinfo_signed_response_alg or ALGORITHMS[0]),
        *((GRANT_TYPES, grant) for grant in new.grant_types),
    )
    for allowed, received in chosen:
        if received not in allowed:
            yield Fault(f"one of {', '.join(allowed)}", received)


def _scopes(new: NewClient) -> Iterator[Fault]:
    if not new.scope.split():
        yield Fault("at least one scope", "none: a client without scopes would get no ID token")
    for name in new.scope.split():
        scope_named(name)
        if new.app_id and name in PLATFORM_SCOPES:
            yield Fault("scopes that a mini-app may have", name)


def _proof(new: NewClient) -> Iterator[Fault]:
    method = new.token_endpoint_auth_method
    if new.has_secret is not (new.secret is not None):
        yield Fault("a secret with client_secret_basic or client_secret_post, else none", method)
    if not new.require_pkce and (new.is_public or new.application_type == "native"):
        yield Fault("require_pkce true for public and native clients (RFC 9700 §2.1.1)", "false")


def _key_sets(new: NewClient) -> Iterator[Fault]:
    if new.jwks is not None and new.jwks_uri is not None:
        yield Fault("jwks or jwks_uri (RFC 7591 §2)", "both")
    if new.token_endpoint_auth_method == "private_key_jwt" and new.jwks is None and new.jwks_uri is None:  # noqa: S105
        yield Fault("jwks or jwks_uri with private_key_jwt", "neither")


def _grants(new: NewClient) -> Iterator[Fault]:
    grants = set(new.grant_types)
    if not grants:
        yield Fault("at least one of grant_types", "none")
    if "authorization_code" in grants and not (new.redirect_uris and new.app_id):
        yield Fault(
            "a redirect URI and the mini-app that citizens consent to, for authorization_code", "not both"
        )
    if new.redirect_uris and "authorization_code" not in grants:
        yield Fault("grant_types with authorization_code, as there are redirect_uris", ", ".join(grants))
    if "refresh_token" in grants and not grants & {"authorization_code", DEVICE_CODE}:
        yield Fault("authorization_code or device_code beside refresh_token", ", ".join(grants))
    if "client_credentials" in grants and new.is_public:
        yield Fault("client_credentials only for a client that proves itself (RFC 6749 §4.4)", "none")
