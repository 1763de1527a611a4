"""The authorization endpoint (OpenID Connect Core §3.1.2)."""

from authlib.oauth2.rfc6749 import OAuth2Error
from flask import Blueprint, Response

from minzhengtong.base.ids import new_secret
from minzhengtong.web.kit.csrf import exempt
from minzhengtong.web.kit.current import now, runtime
from minzhengtong.web.kit.guards import public
from minzhengtong.web.kit.login_session import browser_id, remember_browser, visitor
from minzhengtong.web.oidc.answers import refuse
from minzhengtong.web.oidc.requests import browser_params
from minzhengtong.web.oidc.steps import begin

blueprint = Blueprint("authorize", __name__)
exempt(blueprint)  # a client may post its request from its own page (OpenID Connect Core §3.1.2.1)
blueprint.app_errorhandler(OAuth2Error)(refuse)  # the login page, the consent sheet and logout raise it too


@blueprint.route("/oauth/authorize", methods=["GET", "POST"])
@public
def authorize() -> Response:
    """Answer with a code at once, or send the person to log in or to consent."""
    params, at, who = browser_params(), now(), visitor()
    browser = browser_id() or new_secret()
    step = runtime().db.write_rerunnable(lambda conn: begin(conn, at, params, who, browser))
    if step.waits:
        remember_browser(browser)
    return step.response()
