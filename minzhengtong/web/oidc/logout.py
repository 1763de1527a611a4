"""RP-Initiated Logout 1.0: a client ends its own session at once; otherwise the person is asked."""

from collections.abc import Mapping

from authlib.oauth2.rfc6749 import InvalidRequestError
from flask import Blueprint, Response, render_template, request
from sqlalchemy import Connection

from minzhengtong.oidc.clients import Client, client_by_id
from minzhengtong.oidc.logout import end_everywhere
from minzhengtong.oidc.signing import signed_claims
from minzhengtong.oidc.subjects import client_sid
from minzhengtong.registry.apps import App, app_by_id
from minzhengtong.web.kit.csrf import exempt
from minzhengtong.web.kit.current import keys, now, runtime
from minzhengtong.web.kit.guards import public
from minzhengtong.web.kit.headers import allow_form_action
from minzhengtong.web.kit.login_session import Visitor, forget, visitor
from minzhengtong.web.oidc.answers import again_by_get, see_other, with_query
from minzhengtong.web.oidc.issuer import issuer
from minzhengtong.web.oidc.requests import browser_params

blueprint = Blueprint("oidc_logout", __name__)
exempt(blueprint)  # a client may post; without a valid hint nothing happens until the person says yes
confirmation = Blueprint("logout_confirmation", __name__)
blueprints = (blueprint, confirmation)


def end_session_of(conn: Connection, who: Visitor, why: str) -> None:
    """End the visitor's session here and everywhere. The caller commits, then forgets the cookie."""
    end_everywhere(conn, now(), runtime().keyring, who.session, why)


@blueprint.route("/oauth/logout", methods=["GET", "POST"])
@public
def end_session() -> Response | str:
    """Log out when the hint is an ID token of this very session; show the question otherwise."""
    params = browser_params()
    if request.method == "POST":
        return again_by_get(params)
    who = visitor()
    with runtime().db.write() as conn:
        sid, client = _understood(conn, params)
        must_ask = who is not None and not _is_of_session(sid, client, who)
        app = app_by_id(conn, client.app_id) if must_ask and client and client.app_id else None
        if who and not must_ask:
            end_session_of(conn, who, "rp_logout")
    if must_ask:
        return _question(params, client, app)
    forget()
    return _leave(client, params)


@confirmation.post("/oauth/logout/confirmed")
@public
def confirm() -> Response | str:
    """The person said yes, which replaces the missing hint (§3)."""
    params, who = browser_params(), visitor()
    with runtime().db.write() as conn:
        client = client_by_id(conn, params.get("client_id", ""))
        if who:
            end_session_of(conn, who, "rp_logout")
    forget()
    return _leave(client, params)


def _understood(conn: Connection, params: Mapping[str, str]) -> tuple[str | None, Client | None]:
    """The hint's `sid` and the client. Raises: InvalidRequestError for a hint that we did not sign (§2)."""
    claims = None
    if "id_token_hint" in params:
        claims = signed_claims(keys(conn), params["id_token_hint"], issuer=issuer())
        if claims is None:
            raise InvalidRequestError("The id_token_hint is not one of ours.")
    client_id = params.get("client_id", str(claims["aud"]) if claims else "")
    if claims and claims.get("aud") != client_id:
        raise InvalidRequestError("The id_token_hint was issued to another client.")
    return claims["sid"] if claims else None, client_by_id(conn, client_id)


def _is_of_session(sid: str | None, client: Client | None, who: Visitor) -> bool:
    return client is not None and sid == client_sid(who.session.sid_secret, client.client_id)


def _question(params: Mapping[str, str], client: Client | None, app: App | None) -> str:
    target = params.get("post_logout_redirect_uri", "")
    if client and target in client.post_logout_redirect_uris:
        allow_form_action(target)
    kept = {name: params[name] for name in ("post_logout_redirect_uri", "state") if name in params}
    fields = kept | ({"client_id": client.client_id} if client else {})
    return render_template("oidc/logout.html", app=app, fields=fields)


def _leave(client: Client | None, params: Mapping[str, str]) -> Response | str:
    target = params.get("post_logout_redirect_uri", "")
    if client is None or target not in client.post_logout_redirect_uris:
        return render_template("oidc/logged_out.html")
    if state := params.get("state"):
        target = with_query(target, {"state": state})
    return see_other(target)
