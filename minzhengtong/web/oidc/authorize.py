"""The authorization endpoint: lets a request through, or has the person log in or consent first."""

from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error
from authlib.oidc.core.errors import ConsentRequiredError, LoginRequiredError
from flask import Blueprint, Response, request, url_for
from sqlalchemy import Connection

from minzhengtong.access.consent import missing_scopes
from minzhengtong.oidc import interactions
from minzhengtong.oidc.interactions import Interaction
from minzhengtong.oidc.signing import signed_claims
from minzhengtong.web.kit.csrf import exempt
from minzhengtong.web.kit.current import keys, now, runtime
from minzhengtong.web.kit.guards import public
from minzhengtong.web.kit.login_session import Visitor, browser_id, visitor
from minzhengtong.web.oidc.answers import refuse, see_other, send_back
from minzhengtong.web.oidc.grants import CodeGrant
from minzhengtong.web.oidc.policy import login_after, prompts
from minzhengtong.web.oidc.provider import Provider, issuer, subject_of
from minzhengtong.web.oidc.requests import single_params

blueprint = Blueprint("authorize", __name__)
exempt(blueprint)  # a client may post its request from its own page (OpenID Connect Core §3.1.2.1)


@blueprint.route("/oauth/authorize", methods=["GET", "POST"])
@public
def authorize() -> Response:
    """Answer with a code at once, or send the person to log in or to consent."""
    who = visitor()
    try:
        params = single_params(request.form if request.method == "POST" else request.args)
        return runtime().db.write_rerunnable(
            lambda conn: _answer(Provider(conn, now()).code_grant(params), who)
        )
    except OAuth2Error as error:
        return refuse(error)


def waiting(conn: Connection, interaction_id: str) -> Interaction:
    """The request that waits under this id for this browser. Raises: InvalidRequestError."""
    found = interactions.find(conn, now(), interaction_id, browser_id())
    if found is None:
        raise InvalidRequestError("This sign-in request has expired or was answered already.")
    return found


def resume(conn: Connection, interaction_id: str, who: Visitor) -> Response:
    """Go on with a waiting request after a login, in the login's own transaction."""
    try:
        found = waiting(conn, interaction_id)
        grant = Provider(conn, now()).code_grant(found.params)
        if needs_consent(grant, who):
            return _to_consent(interaction_id)
        return finish(grant, found, who)
    except OAuth2Error as error:
        return refuse(error)


def finish(grant: CodeGrant, found: Interaction, who: Visitor) -> Response:
    """End a waiting request with a code. Raises: OAuth2Error."""
    if not interactions.finish(grant.server.conn, grant.server.now, found):
        raise InvalidRequestError("This sign-in request was answered already.")
    if not _is_hinted(grant, who):
        raise _back(LoginRequiredError("Another person logged in than the hint names."), grant)
    return _with_code(grant, who)


def needs_login(found: Interaction, who: Visitor | None) -> bool:
    """Whether this visitor must log in (again) before a waiting request goes on."""
    return who is None or (found.login_after is not None and who.session.auth_time < found.login_after)


def needs_consent(grant: CodeGrant, who: Visitor) -> bool:
    """Whether the sheet must be shown."""
    params, client, server = grant.request.payload.data, grant.client, grant.server
    asked = client.get_allowed_scope(params.get("scope")).split()
    missing = missing_scopes(server.conn, server.now, who.person.id, client.app_id, asked)
    return bool(missing) or "consent" in prompts(params)


def _answer(grant: CodeGrant, who: Visitor | None) -> Response:
    params = grant.request.payload.data
    silent = "none" in prompts(params)
    not_before = login_after(params, grant.server.now)
    if who is None or (not_before and who.session.auth_time < not_before) or not _is_hinted(grant, who):
        if silent:
            raise _back(LoginRequiredError(), grant)
        return see_other(url_for("auth.login", interaction=_wait(grant)))
    if needs_consent(grant, who):
        if silent:
            raise _back(ConsentRequiredError(), grant)
        return _to_consent(_wait(grant))
    return _with_code(grant, who)


def _wait(grant: CodeGrant) -> str:
    params, server = grant.request.payload.data, grant.server
    not_before = login_after(params, server.now)
    return interactions.begin(
        server.conn,
        server.now,
        grant.client.client_id,
        params,
        browser=browser_id(),
        login_after=not_before,
    )


def _is_hinted(grant: CodeGrant, who: Visitor) -> bool:
    """Whether the visitor is the person of the id_token_hint, if there is one. Raises: OAuth2Error."""
    hint = grant.request.payload.data.get("id_token_hint")
    if hint is None:
        return True
    claims = signed_claims(keys(grant.server.conn), hint, issuer=issuer())
    if claims is None or claims.get("aud") != grant.client.client_id:
        raise _back(InvalidRequestError("The id_token_hint is not one of ours."), grant)
    return bool(claims.get("sub") == subject_of(grant.client.sector, who.person.id))


def _with_code(grant: CodeGrant, who: Visitor) -> Response:
    params = grant.request.payload.data
    return send_back(params["redirect_uri"], {"code": grant.issue_code(who)}, params.get("state"))


def _back(error: OAuth2Error, grant: CodeGrant) -> OAuth2Error:
    params = grant.request.payload.data
    error.redirect_uri, error.state = params["redirect_uri"], params.get("state")
    return error


def _to_consent(interaction_id: str) -> Response:
    return see_other(url_for("consent.show_sheet", interaction_id=interaction_id))
