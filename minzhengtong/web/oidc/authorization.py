"""Makes an AuthorizationRequest from the parameters of a client, or says what is wrong with them."""

import re
from collections.abc import Mapping

from authlib.oauth2.rfc6749 import (
    InvalidClientError,
    InvalidRequestError,
    InvalidScopeError,
    OAuth2Error,
    UnsupportedResponseTypeError,
)
from sqlalchemy import Connection

from minzhengtong.oidc.authorization import AuthorizationRequest
from minzhengtong.oidc.clients import Client, client_by_id
from minzhengtong.oidc.discovery import PROMPTS
from minzhengtong.oidc.signing import signed_claims
from minzhengtong.web.kit.current import keys
from minzhengtong.web.oidc.claims_parameter import claims_request
from minzhengtong.web.oidc.issuer import issuer

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")  # base64url of a SHA-256, RFC 7636 §4.2
_SECONDS = re.compile(r"[0-9]{1,9}")

Params = Mapping[str, str]


def authorization_request(conn: Connection, params: Params) -> AuthorizationRequest:
    """The request that these parameters make.

    Raises: OAuth2Error. Until the redirect URI is known to be the client's, the error carries none, and so
    the browser is not redirected (RFC 6749 §4.1.2.1).
    """
    client = client_by_id(conn, params.get("client_id", ""))
    if client is None:
        raise InvalidClientError("The client_id is unknown.")
    redirect_uri = params.get("redirect_uri", "")
    if not client.may_redirect_to(redirect_uri, issuer()):
        raise InvalidRequestError("The redirect_uri is not one that this client registered.")
    try:
        return _checked(conn, params, client)
    except OAuth2Error as error:
        error.redirect_uri, error.state = redirect_uri, params.get("state")
        raise


def _checked(conn: Connection, params: Params, client: Client) -> AuthorizationRequest:
    _check_response(params, client)
    return AuthorizationRequest(
        client,
        params,
        params["redirect_uri"],
        scopes=_scopes(params, client),
        state=params.get("state"),
        nonce=params.get("nonce"),
        code_challenge=_challenge(params, client),
        prompts=_prompts(params),
        max_age_seconds=_max_age(params),
        login_hint=params.get("login_hint", ""),
        hinted_sub=_hinted_sub(conn, params, client),
        claims=claims_request(params, client),
    )


def _check_response(params: Params, client: Client) -> None:
    if params.get("response_type") != "code" or not client.check_grant_type("authorization_code"):
        raise UnsupportedResponseTypeError(None, "response_type must be code.")
    if params.get("response_mode", "query") != "query":
        raise InvalidRequestError("response_mode must be query.")
    for name in ("request", "request_uri", "registration"):
        if name in params:
            raise OAuth2Error(f"The parameter {name} is not supported.", error=f"{name}_not_supported")


def _scopes(params: Params, client: Client) -> tuple[str, ...]:
    scopes = client.citizen_scopes(params.get("scope", ""))
    if not scopes:
        raise InvalidScopeError("No scope was asked for that this client may have.")
    return scopes


def _challenge(params: Params, client: Client) -> str | None:
    challenge, method = params.get("code_challenge"), params.get("code_challenge_method")
    if challenge is None and method is None and not client.require_pkce:
        return None
    if method != "S256" or not _CHALLENGE.fullmatch(challenge or ""):
        raise InvalidRequestError("PKCE is required: code_challenge with code_challenge_method=S256.")
    return challenge


def _prompts(params: Params) -> frozenset[str]:
    prompts = frozenset(params.get("prompt", "").split())
    if not prompts <= set(PROMPTS) or ("none" in prompts and len(prompts) > 1):
        raise InvalidRequestError("prompt is none alone, or of login, consent, select_account.")
    return prompts


def _max_age(params: Params) -> int | None:
    if "max_age" not in params:
        return None
    if not _SECONDS.fullmatch(params["max_age"]):
        raise InvalidRequestError("max_age must be a number of seconds.")
    return int(params["max_age"])


def _hinted_sub(conn: Connection, params: Params, client: Client) -> str | None:
    if "id_token_hint" not in params:
        return None
    claims = signed_claims(keys(conn), params["id_token_hint"], issuer=issuer())
    if claims is None or claims.get("aud") != client.client_id:
        raise InvalidRequestError("The id_token_hint is not one of ours.")
    return str(claims["sub"])
