"""Where the browser goes next: to a page of ours, back to the client, or to the page for a bad request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlencode

from authlib.oauth2.rfc6749 import OAuth2Error
from flask import Response, redirect, render_template, request, url_for

from minzhengtong.web.oidc.issuer import issuer


@dataclass(frozen=True, slots=True)
class Step:
    """The next step of an authorization request. While it `waits`, the target is a page of ours."""

    target: str
    waits: bool

    def response(self) -> Response:
        """The redirect; a client's page learns no URL of ours from it."""
        response = see_other(self.target)
        if not self.waits:
            response.headers["Referrer-Policy"] = "no-referrer"
        return response


def to_login(interaction_id: str) -> Step:
    """The login page, for the request that waits under this id."""
    return Step(url_for("auth.login", interaction=interaction_id), waits=True)


def to_sheet(interaction_id: str) -> Step:
    """The consent sheet, for the request that waits under this id."""
    return Step(url_for("consent.show_sheet", interaction_id=interaction_id), waits=True)


def back_to_client(redirect_uri: str, params: Mapping[str, str]) -> Step:
    """A redirect URI that is known to be the client's, always with `iss` (RFC 9207)."""
    return Step(with_query(redirect_uri, {**params, "iss": issuer()}), waits=False)


def refusal(error: OAuth2Error, redirect_uri: str, state: str | None) -> Step:
    """The redirect URI with an error (RFC 6749 §4.1.2.1)."""
    error.state = state
    return back_to_client(redirect_uri, dict(error.get_body()))


def refuse(error: OAuth2Error) -> Response:
    """Tell the client, or the person when no redirect URI is trusted: a page with 400, never a redirect."""
    if error.redirect_uri:
        return refusal(error, error.redirect_uri, error.state).response()
    page = render_template("oidc/error.html", code=error.error, description=error.description)
    return Response(page, 400, {"Cache-Control": "no-store"})


def with_query(uri: str, params: Mapping[str, str]) -> str:
    """The URI with parameters behind those it may have."""
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(params)}"


def again_by_get(params: Mapping[str, str]) -> Response:
    """Answer a posted request by the same one as a GET, with which the session cookie comes along.

    With another site's form a browser sends no `SameSite=Lax` cookie, with a redirect to a page it does.
    """
    return see_other(with_query(request.path, params))


def see_other(target: str) -> Response:
    """303: the browser goes there with GET, whatever the method was (RFC 9700 §4.12)."""
    return cast(Response, redirect(target, 303))
