"""The one way back to a client, and the one page for those who have none."""

from collections.abc import Mapping
from typing import cast
from urllib.parse import urlencode

from authlib.oauth2.rfc6749 import OAuth2Error
from flask import Response, redirect, render_template

from minzhengtong.web.oidc.provider import issuer


def send_back(redirect_uri: str, params: Mapping[str, str], state: str | None) -> Response:
    """Redirect to a trusted URI, always with `iss` (RFC 9207), and with `state` if there was one."""
    answer = {**params, "iss": issuer()} | ({"state": state} if state else {})
    response = see_other(with_query(redirect_uri, answer))
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def with_query(uri: str, params: Mapping[str, str]) -> str:
    """The URI with parameters behind those it may have."""
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(params)}"


def see_other(target: str) -> Response:
    """303: whatever the method was, the browser goes there with GET (RFC 9700 §4.12)."""
    return cast(Response, redirect(target, 303))


def refuse(error: OAuth2Error) -> Response:
    """Tell the client, or the person when no redirect URI is trusted: a page with 400, never a redirect."""
    if error.redirect_uri:
        params = {"error": error.error, "error_description": error.description}
        return send_back(
            error.redirect_uri, {name: text for name, text in params.items() if text}, error.state
        )
    page = render_template("oidc/error.html", code=error.error, description=error.description)
    return Response(page, 400, {"Cache-Control": "no-store"})
