"""The consent sheet: who asks, for what and why, for how long; a yes and an equally near no."""

from authlib.oauth2.rfc6749 import AccessDeniedError, OAuth2Error
from flask import Blueprint, Response, render_template, request, url_for

from minzhengtong.access import consent
from minzhengtong.oidc import interactions
from minzhengtong.registry.apps import App, app_by_id
from minzhengtong.registry.scopes import Scope, scope_named
from minzhengtong.web.kit.current import now, runtime
from minzhengtong.web.kit.guards import public
from minzhengtong.web.kit.headers import allow_form_action
from minzhengtong.web.kit.login_session import Visitor, visitor
from minzhengtong.web.oidc.answers import refuse, see_other
from minzhengtong.web.oidc.authorize import finish, needs_login, waiting
from minzhengtong.web.oidc.grants import CodeGrant
from minzhengtong.web.oidc.provider import Provider

blueprint = Blueprint("consent", __name__)


@blueprint.get("/oauth/consent/<interaction_id>")
@public
def show_sheet(interaction_id: str) -> Response | str:
    """Show the sheet of a waiting request to its person."""
    who = visitor()
    try:
        with runtime().db.read() as conn:
            found = waiting(conn, interaction_id)
            if who is None or needs_login(found, who):
                return _to_login(interaction_id)
            grant = Provider(conn, now()).code_grant(found.params)
            app = app_by_id(conn, grant.client.app_id)
            rows = [_row(app, name) for name in _scopes(grant, who)]
    except OAuth2Error as error:
        return refuse(error)
    allow_form_action(found.params["redirect_uri"])
    return render_template("oidc/consent.html", app=app, rows=rows, days=consent.CONSENT_DAYS)


@blueprint.post("/oauth/consent/<interaction_id>")
@public
def answer_sheet(interaction_id: str) -> Response:
    """Take the answer: anything but a clear yes is a no."""
    who = visitor()
    try:
        with runtime().db.write() as conn:
            found = waiting(conn, interaction_id)
            if who is None or needs_login(found, who):
                return _to_login(interaction_id)
            grant = Provider(conn, now()).code_grant(found.params)
            if request.form.get("answer") == "yes":
                consent.grant(conn, now(), who.person.id, grant.client.app_id, _scopes(grant, who))
                return finish(grant, found, who)
            interactions.finish(conn, now(), found)
    except OAuth2Error as error:
        return refuse(error)
    params = found.params
    return refuse(AccessDeniedError(redirect_uri=params["redirect_uri"], state=params.get("state")))


def _scopes(grant: CodeGrant, who: Visitor) -> list[str]:
    client, server = grant.client, grant.server
    asked = client.get_allowed_scope(grant.request.payload.scope).split()
    return consent.scopes_of_sheet(server.conn, server.now, who.person.id, client.app_id, asked)


def _row(app: App, name: str) -> tuple[Scope, str, str]:
    reasons = {entry.name: (entry.reason, entry.reason_en) for entry in app.permissions}
    return (scope_named(name), *reasons.get(name, ("", "")))


def _to_login(interaction_id: str) -> Response:
    return see_other(url_for("auth.login", interaction=interaction_id))
