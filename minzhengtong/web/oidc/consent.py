"""The consent sheet: which app asks for what, why and for how long; a yes and an equally near no."""

from datetime import datetime

from authlib.oauth2.rfc6749 import AccessDeniedError
from flask import Blueprint, Response, render_template, request
from sqlalchemy import Connection

from minzhengtong.access import consent
from minzhengtong.oidc import interactions
from minzhengtong.oidc.authorization import AuthorizationRequest
from minzhengtong.registry.apps import App, app_by_id
from minzhengtong.registry.scopes import Scope, scope_named
from minzhengtong.web.kit.current import now, runtime
from minzhengtong.web.kit.guards import public
from minzhengtong.web.kit.headers import allow_form_action
from minzhengtong.web.kit.login_session import Visitor, visitor
from minzhengtong.web.oidc.answers import Step, refusal, to_login
from minzhengtong.web.oidc.steps import finish, needs_login, waiting

blueprint = Blueprint("consent", __name__)


@blueprint.get("/oauth/consent/<interaction_id>")
@public
def show_sheet(interaction_id: str) -> Response | str:
    """Show the sheet of a waiting request to its person."""
    at, who = now(), visitor()
    with runtime().db.read() as conn:
        found, asked = waiting(conn, at, interaction_id)
        if who is None or needs_login(who, found.login_after):
            return to_login(interaction_id).response()
        app = app_by_id(conn, asked.app_id)
        rows = [_row(app, name) for name in _scopes(conn, at, asked, who)]
    allow_form_action(asked.redirect_uri)
    return render_template("oidc/consent.html", app=app, rows=rows, days=consent.CONSENT_DAYS)


@blueprint.post("/oauth/consent/<interaction_id>")
@public
def answer_sheet(interaction_id: str) -> Response:
    """Take the answer: anything but a clear yes is a no."""
    is_yes, at, who = request.form.get("answer") == "yes", now(), visitor()
    with runtime().db.write() as conn:
        step = _answered(conn, at, interaction_id, who, is_yes=is_yes)
    return step.response()


def _answered(
    conn: Connection, at: datetime, interaction_id: str, who: Visitor | None, *, is_yes: bool
) -> Step:
    found, asked = waiting(conn, at, interaction_id)
    if who is None or needs_login(who, found.login_after):
        return to_login(interaction_id)
    if is_yes:
        consent.grant(conn, at, who.person.id, asked.app_id, _scopes(conn, at, asked, who))
        return finish(conn, at, found, asked, who)
    interactions.finish(conn, found)
    return refusal(AccessDeniedError(), asked.redirect_uri, asked.state)


def _scopes(conn: Connection, at: datetime, asked: AuthorizationRequest, who: Visitor) -> list[str]:
    return consent.scopes_of_sheet(conn, at, who.person.id, asked.app_id, asked.reads)


def _row(app: App, name: str) -> tuple[Scope, str, str]:
    why = app.reason_for(name)
    return scope_named(name), why.reason if why else "", why.reason_en if why else ""
