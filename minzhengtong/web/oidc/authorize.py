"""The authorization endpoint (OpenID Connect Core §3.1.2)."""

from authlib.oauth2.rfc6749 import OAuth2Error
from flask import Blueprint, Response, request

from minzhengtong.base.ids import new_secret
from minzhengtong.oidc.interactions import Sender
from minzhengtong.web.kit.address import client_address
from minzhengtong.web.kit.csrf import exempt
from minzhengtong.web.kit.current import now, runtime
from minzhengtong.web.kit.guards import public
from minzhengtong.web.kit.login_session import visitor
from minzhengtong.web.oidc.answers import again_by_get, refuse
from minzhengtong.web.oidc.browser import browser_id, remember_browser
from minzhengtong.web.oidc.requests import browser_params
from minzhengtong.web.oidc.steps import begin

blueprint = Blueprint("authorize", __name__)
exempt(blueprint)  # a client may post its request from its own page (OpenID Connect Core §3.1.2.1)
blueprint.app_errorhandler(OAuth2Error)(refuse)  # the login page, the consent sheet and logout raise it too


@blueprint.route("/oauth/authorize", methods=["GET", "POST"])
@public
def authorize() -> Response:
    """Answer with a code at once, or send the person to log in or to consent."""
    params = browser_params()
    if request.method == "POST":
        return again_by_get(params)
    at, who = now(), visitor()
    sender = Sender(browser_id() or new_secret(), client_address())
    step = runtime().db.write_rerunnable(lambda conn: begin(conn, at, params, who, sender))
    response = step.response()
    if step.waits:
        remember_browser(response, sender.browser)
    return response
