"""The endpoints that only programs call: token, introspection, revocation."""

from datetime import datetime

from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error
from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from minzhengtong.oidc.subjects import subject_of
from minzhengtong.oidc.tokens import Token, find_token, revoke_family, revoke_token
from minzhengtong.web.kit.csrf import exempt
from minzhengtong.web.kit.current import now, runtime
from minzhengtong.web.kit.guards import bearer
from minzhengtong.web.oidc.client_auth import authenticate
from minzhengtong.web.oidc.issuer import issuer
from minzhengtong.web.oidc.requests import ProgramCall, program_call
from minzhengtong.web.oidc.token_server import TokenServer

blueprint = Blueprint("token", __name__)
exempt(blueprint)


@blueprint.post("/oauth/token")
@bearer
def issue() -> ResponseReturnValue:
    """Redeem a code, or give a client a token of its own. Commits also when it refuses: the code is spent."""
    call, at = program_call(), now()
    _need(call, "grant_type")
    return runtime().db.write_rerunnable(lambda conn: TokenServer(conn, at).create_token_response(call))


@blueprint.post("/oauth/introspect")
@bearer
def introspect() -> dict[str, object]:
    """Describe a token to the client it was issued to (RFC 7662); to others it is not active."""
    call = program_call()
    with runtime().db.read() as conn:
        token = _own_token(conn, now(), call)
    return _described(token)


@blueprint.post("/oauth/revoke")
@bearer
def revoke() -> dict[str, object]:
    """Revoke a token with all of its family (RFC 7009); an unknown one counts as revoked."""
    call, at = program_call(), now()
    with runtime().db.write() as conn:
        token = _own_token(conn, at, call)
        if token and token.family_id:
            revoke_family(conn, at, token.family_id)
        elif token:
            revoke_token(conn, at, call.form["token"])
    return {}


@blueprint.errorhandler(OAuth2Error)
def explain(error: OAuth2Error) -> ResponseReturnValue:
    """The error as JSON (RFC 6749 §5.2)."""
    status, body, headers = error()
    return body, status, headers


def _own_token(conn: Connection, at: datetime, call: ProgramCall) -> Token | None:
    client = authenticate(conn, call)
    _need(call, "token")
    token = find_token(conn, at, call.form["token"])
    return token if token and token.client_id == client.client_id else None


def _need(call: ProgramCall, name: str) -> None:
    if name not in call.form:
        raise InvalidRequestError(f"{name} is missing from the form.")


def _described(token: Token | None) -> dict[str, object]:
    if token is None:
        return {"active": False}
    facts: dict[str, object] = {
        "active": True,
        "token_type": "Bearer",
        "iss": issuer(),
        "client_id": token.client_id,
        "scope": " ".join(sorted(token.scopes)),
        "iat": int(token.issued_at.timestamp()),
        "exp": int(token.expires_at.timestamp()),
    }
    if token.person_id:
        facts["sub"] = subject_of(runtime().keyring, token.sector, token.person_id)
    return facts
