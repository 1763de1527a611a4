"""The endpoints that only programs call: token, introspection, revocation."""

from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error
from flask import Blueprint, Response, request
from sqlalchemy import Connection

from minzhengtong.oidc.tokens import Token, find_token, revoke_family, revoke_token
from minzhengtong.web.kit.csrf import exempt
from minzhengtong.web.kit.current import now, runtime
from minzhengtong.web.kit.guards import bearer
from minzhengtong.web.oidc.provider import Provider, issuer, subject_of
from minzhengtong.web.oidc.requests import ProviderRequest

blueprint = Blueprint("token", __name__)
exempt(blueprint)


@blueprint.post("/oauth/token")
@bearer
def issue() -> Response:
    """Redeem a code, or give a client a token of its own. Commits also when it refuses: the code is spent."""
    _take_form()
    return runtime().db.write_rerunnable(_issued)


@blueprint.post("/oauth/introspect")
@bearer
def introspect() -> Response:
    """Say what a token is worth, to the client it was issued to (RFC 7662); to others it is not active."""
    _take_form()
    with runtime().db.read() as conn:
        provider = Provider(conn, now())
        try:
            token = _own_token(provider, provider.create_oauth2_request(None))
        except OAuth2Error as error:
            return provider.handle_error_response(None, error)
        return provider.handle_response(200, _described(token), {})


@blueprint.post("/oauth/revoke")
@bearer
def revoke() -> Response:
    """Revoke a token with all of its family (RFC 7009); an unknown one is as good as revoked."""
    _take_form()
    with runtime().db.write() as conn:
        provider = Provider(conn, now())
        try:
            asked = provider.create_oauth2_request(None)
            token = _own_token(provider, asked)
        except OAuth2Error as error:
            return provider.handle_error_response(None, error)
        if token and token.family_id:
            revoke_family(conn, now(), token.family_id)
        elif token:
            revoke_token(conn, now(), asked.form["token"])
        return provider.handle_response(200, {}, {})


def _take_form() -> None:
    """Read the form before any transaction: whoever sends it slowly keeps nobody else waiting."""
    request.get_data(parse_form_data=True)


def _issued(conn: Connection) -> Response:
    provider = Provider(conn, now())
    try:
        return provider.create_token_response()
    except OAuth2Error as error:
        return provider.handle_error_response(None, error)


def _own_token(provider: Provider, asked: ProviderRequest) -> Token | None:
    client = provider.authenticate_client(asked, None)
    if "token" not in asked.form:
        raise InvalidRequestError("token is missing from the form.")
    token = find_token(provider.conn, provider.now, asked.form["token"])
    return token if token and token.client_id == client.client_id else None


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
    return facts | ({"sub": subject_of(token.sector, token.person_id)} if token.person_id else {})
