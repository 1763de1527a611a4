"""RP-Initiated Logout 1.0: a client logs out its own session at once; else the person is asked."""

from collections.abc import Mapping
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error
from flask import Blueprint, Response, render_template, request
from sqlalchemy import Connection

from minzhengtong.oidc.clients import Client, client_by_id
from minzhengtong.oidc.logout import end_everywhere
from minzhengtong.oidc.signing import signed_claims
from minzhengtong.oidc.subjects import client_sid
from minzhengtong.registry.apps import app_by_id
from minzhengtong.web.kit.csrf import exempt
from minzhengtong.web.kit.current import keys, now, runtime
from minzhengtong.web.kit.guards import public
from minzhengtong.web.kit.headers import allow_form_action
from minzhengtong.web.kit.login_session import Visitor, forget, visitor
from minzhengtong.web.oidc.answers import refuse, see_other, with_query
from minzhengtong.web.oidc.provider import issuer
from minzhengtong.web.oidc.requests import single_params

blueprint = Blueprint("oidc_logout", __name__)
exempt(blueprint)  # a client may post; without a valid hint nothing happens before the person's own yes
confirmation = Blueprint("logout_confirmation", __name__)
blueprints = (blueprint, confirmation)


def end_session_of(conn: Connection, who: Visitor, why: str) -> None:
    """End the visitor's session here and everywhere. The caller commits, then forgets the cookie."""
    end_everywhere(conn, now(), runtime().keyring, who.session, why)


@blueprint.route("/oauth/logout", methods=["GET", "POST"])
@public
def end_session() -> Response | str:
    """Log out when the hint is an ID token of this very session; show the question otherwise."""
    who = visitor()
    try:
        params = single_params(request.form if request.method == "POST" else request.args)
        with runtime().db.write() as conn:
            claims, client = _understood(conn, params)
            if who and not (claims and client and _names(claims, client, who)):
                return _question(conn, params, client)
            if who:
                end_session_of(conn, who, "rp_logout")
    except OAuth2Error as error:
        return refuse(error)
    forget()
    return _leave(client, params)


@confirmation.post("/oauth/logout/confirmed")
@public
def confirm() -> Response | str:
    """The person said yes; her word stands for the missing hint (§3)."""
    who = visitor()
    try:
        params = single_params(request.form)
        with runtime().db.write() as conn:
            client = client_by_id(conn, params.get("client_id", ""))
            if who:
                end_session_of(conn, who, "rp_logout")
    except OAuth2Error as error:
        return refuse(error)
    forget()
    return _leave(client, params)


def _understood(conn: Connection, params: Mapping[str, str]) -> tuple[dict[str, Any] | None, Client | None]:
    """The hint's claims and the client. Raises: InvalidRequestError for a hint that we never signed (§2)."""
    claims = None
    if "id_token_hint" in params:
        claims = signed_claims(keys(conn), params["id_token_hint"], issuer=issuer())
        if claims is None:
            raise InvalidRequestError("The id_token_hint is not one of ours.")
    client_id = params.get("client_id", str(claims["aud"]) if claims else "")
    if claims and claims.get("aud") != client_id:
        raise InvalidRequestError("The id_token_hint was issued to another client.")
    return claims, client_by_id(conn, client_id)


def _names(claims: Mapping[str, Any], client: Client, who: Visitor) -> bool:
    return bool(claims.get("sid") == client_sid(who.session.sid_secret, client.client_id))


def _question(conn: Connection, params: Mapping[str, str], client: Client | None) -> str:
    target = params.get("post_logout_redirect_uri", "")
    if client and target in client.post_logout_redirect_uris:
        allow_form_action(target)
    kept = {name: params[name] for name in ("post_logout_redirect_uri", "state") if name in params}
    fields = kept | ({"client_id": client.client_id} if client else {})
    app = app_by_id(conn, client.app_id) if client and client.app_id else None
    return render_template("oidc/logout.html", app=app, fields=fields)


def _leave(client: Client | None, params: Mapping[str, str]) -> Response | str:
    target = params.get("post_logout_redirect_uri", "")
    if client is None or target not in client.post_logout_redirect_uris:
        return render_template("oidc/logged_out.html")
    if state := params.get("state"):
        target = with_query(target, {"state": state})
    return see_other(target)
