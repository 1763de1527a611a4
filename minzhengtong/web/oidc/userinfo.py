"""The UserInfo endpoint (OpenID Connect Core §5.3): the claims that a token's scopes grant."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from minzhengtong.identity.people import person_by_id
from minzhengtong.oidc.claims import person_claims
from minzhengtong.oidc.subjects import subject_of
from minzhengtong.oidc.tokens import find_token
from minzhengtong.web.kit.csrf import exempt
from minzhengtong.web.kit.current import now, runtime
from minzhengtong.web.kit.guards import bearer

blueprint = Blueprint("userinfo", __name__)
exempt(blueprint)


@blueprint.route("/oauth/userinfo", methods=["GET", "POST"])
@bearer
def userinfo() -> ResponseReturnValue:
    """The claims of the person behind a bearer token, with the same `sub` as in the ID token."""
    scheme, _, raw = request.headers.get("Authorization", "").partition(" ")
    with runtime().db.read() as conn:
        token = find_token(conn, now(), raw.strip()) if scheme.lower() == "bearer" else None
        if token is None or token.person_id is None:
            return _refused(401, "invalid_token", "a live access token is needed")
        if "openid" not in token.scopes:
            return _refused(403, "insufficient_scope", "the scope openid is needed")
        person = person_by_id(conn, token.person_id)
    sub = subject_of(runtime().keyring, token.sector, person.id)
    return {"sub": sub, **person_claims(person, token.scopes)}


def _refused(status: int, error: str, description: str) -> ResponseReturnValue:
    """RFC 6750 §3."""
    challenge = f'Bearer error="{error}", error_description="{description}"'
    return {"error": error, "error_description": description}, status, {"WWW-Authenticate": challenge}
