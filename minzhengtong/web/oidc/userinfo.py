"""The UserInfo endpoint (OpenID Connect Core §5.3): the claims that a token gives."""

from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error
from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from minzhengtong.base.errors import NotAuthenticated
from minzhengtong.oidc.claims_request import ClaimsRequest
from minzhengtong.oidc.given import given_claims
from minzhengtong.oidc.subjects import subject_of
from minzhengtong.oidc.tokens import find_token
from minzhengtong.web.kit.csrf import exempt
from minzhengtong.web.kit.current import now, runtime
from minzhengtong.web.kit.guards import bearer
from minzhengtong.web.oidc.requests import single_params

FORM = "application/x-www-form-urlencoded"

blueprint = Blueprint("userinfo", __name__)
exempt(blueprint)


@blueprint.route("/oauth/userinfo", methods=["GET", "POST"])
@bearer
def userinfo() -> ResponseReturnValue:
    """The claims of the person behind a bearer token, with the same `sub` as in the ID token."""
    raw = _sent_token()
    with runtime().db.read() as conn:
        token = find_token(conn, now(), raw)
        if token is None or token.person_id is None:
            return _refused(401, "invalid_token", "a live access token is needed")
        if "openid" not in token.scopes:
            return _refused(403, "insufficient_scope", "the scope openid is needed")
        sub = subject_of(runtime().keyring, token.sector, token.person_id)
        given = given_claims(conn, token.person_id, sub, token.scopes, ClaimsRequest(token.claims))
    return {"sub": sub, **given.userinfo}


@blueprint.errorhandler(OAuth2Error)
def explain(error: OAuth2Error) -> ResponseReturnValue:
    """A call that sends its token in a way that is not allowed."""
    return _refused(400, str(error.error), str(error.description))


def _sent_token() -> str:
    """The token from the header or the form (RFC 6750 §2.1, §2.2).

    Raises: NotAuthenticated if there is none; InvalidRequestError if it is in the URL, or sent twice.
    """
    scheme, _, in_header = request.headers.get("Authorization", "").partition(" ")
    has_header = scheme.lower() == "bearer"
    form = single_params(request.form) if request.mimetype == FORM else {}
    if "access_token" in request.args or (has_header and "access_token" in form):
        raise InvalidRequestError("send the token once, in the header Authorization or in the form")
    if not has_header and "access_token" not in form:
        raise NotAuthenticated("Authorization: Bearer and a token", "no token", "get one at /oauth/token")
    return in_header.strip() if has_header else form["access_token"]


def _refused(status: int, error: str, description: str) -> ResponseReturnValue:
    """RFC 6750 §3."""
    challenge = f'Bearer error="{error}", error_description="{description}"'
    return {"error": error, "error_description": description}, status, {"WWW-Authenticate": challenge}
