"""Who calls the API: the token of this request. What it may do, access decides."""

import re
from datetime import datetime

from flask import request
from sqlalchemy import Connection

from minzhengtong.access.authorize import ScopeNotGranted
from minzhengtong.base.errors import NotAuthenticated
from minzhengtong.oidc.tokens import Token, find_token

_B64TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,512}=*")


class TokenInvalid(NotAuthenticated):
    """The token is unknown, over or revoked, or its client is switched off."""

    code = "token_invalid"
    title = "The token is not valid"


def raw_token() -> str:
    """The text of this request's token (RFC 6750 §2.1). Raises: NotAuthenticated, TokenInvalid."""
    scheme, _, raw = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise NotAuthenticated("Authorization: Bearer and a token", "no token", "get one at /oauth/token")
    if not _B64TOKEN.fullmatch(raw):
        raise _invalid()
    return raw


def token_of_request(conn: Connection, now: datetime) -> Token:
    """The live token that this request carries. Raises: NotAuthenticated, TokenInvalid."""
    token = find_token(conn, now, raw_token())
    if token is None:
        raise _invalid()
    return token


def operator(conn: Connection, now: datetime) -> tuple[Token, str]:
    """The token of a mini-app that acts for itself, and the app's id.

    Raises: NotAuthenticated, TokenInvalid, ScopeNotGranted.
    """
    return token_and_app(find_token(conn, now, raw_token()))


def token_and_app(token: Token | None) -> tuple[Token, str]:
    """The token, if it is of a mini-app that acts for itself, and the app's id.

    Raises: TokenInvalid, ScopeNotGranted for a citizen's token or a client without app.
    """
    if token is None:
        raise _invalid()
    if token.app_id is None or token.person_id is not None:
        raise ScopeNotGranted(
            "a mini-app's own token", "another's", "use the app's client credentials at /oauth/token"
        )
    return token, token.app_id


def _invalid() -> TokenInvalid:
    return TokenInvalid("a live token", "one that is unknown, over or revoked", "get one at /oauth/token")
