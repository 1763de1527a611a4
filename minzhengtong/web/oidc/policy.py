"""What an authorization request must hold, and what it needs of the person: a login, a consent, nothing."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from authlib.oauth2.rfc6749 import (
    InvalidRequestError,
    InvalidScopeError,
    OAuth2Error,
    UnsupportedResponseTypeError,
)

from minzhengtong.oidc.clients import Client
from minzhengtong.oidc.discovery import PROMPTS

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")  # base64url of a SHA-256, RFC 7636 §4.2
_SECONDS = re.compile(r"[0-9]{1,9}")

Params = Mapping[str, str]


def check_params(params: Params, client: Client) -> None:
    """Refuse a request whose redirect URI is trusted already. Raises: OAuth2Error."""
    if not client.check_response_type(params.get("response_type", "")):
        raise UnsupportedResponseTypeError(None, "response_type must be code.")
    if params.get("response_mode", "query") != "query":
        raise InvalidRequestError("response_mode must be query.")
    for name in ("request", "request_uri", "registration"):
        if name in params:
            raise OAuth2Error(f"The parameter {name} is not supported.", error=f"{name}_not_supported")
    if client.get_allowed_scope(params.get("scope")) is None:
        raise InvalidScopeError("No scope was asked for that this client may have.")
    _check_prompt(params)
    _check_challenge(params, client)


def prompts(params: Params) -> frozenset[str]:
    """The values of `prompt` (OpenID Connect Core §3.1.2.1)."""
    return frozenset(params.get("prompt", "").split())


def login_after(params: Params, now: datetime) -> datetime | None:
    """The moment before which a login does not count, by prompt and max_age."""
    if prompts(params) & {"login", "select_account"}:
        return now
    return now - timedelta(seconds=int(params["max_age"])) if "max_age" in params else None


def _check_prompt(params: Params) -> None:
    asked = prompts(params)
    if not asked <= set(PROMPTS) or ("none" in asked and len(asked) > 1):
        raise InvalidRequestError("prompt is none alone, or of login, consent, select_account.")
    if "max_age" in params and not _SECONDS.fullmatch(params["max_age"]):
        raise InvalidRequestError("max_age must be a number of seconds.")


def _check_challenge(params: Params, client: Client) -> None:
    challenge, method = params.get("code_challenge"), params.get("code_challenge_method")
    if challenge is None and method is None and not client.require_pkce:
        return
    if method != "S256" or not _CHALLENGE.fullmatch(challenge or ""):
        raise InvalidRequestError("PKCE is required: code_challenge with code_challenge_method=S256.")
