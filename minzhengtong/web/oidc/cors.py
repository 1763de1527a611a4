"""Cross-origin reading for browser clients: never with cookies, never at the authorization endpoint."""

import logging

from flask import Flask, Response, request
from sqlalchemy.exc import SQLAlchemyError

from minzhengtong.oidc.clients import web_origins
from minzhengtong.web.kit.current import runtime

OPEN = ("/.well-known/openid-configuration", "/oauth/jwks")
"""Public documents: any origin."""
REGISTERED = ("/oauth/token", "/oauth/userinfo", "/oauth/revoke")
"""Origins of registered redirect URIs only."""

log = logging.getLogger(__name__)


def share(app: Flask) -> None:
    """Add the headers to the answers of `app` that browsers of other origins may read."""
    app.after_request(_add)


def _add(response: Response) -> Response:
    origin = request.environ.get("HTTP_ORIGIN")  # as a header it would be looked for among all the others
    if origin is None or request.path not in OPEN + REGISTERED:
        return response
    if request.path in OPEN:
        response.headers["Access-Control-Allow-Origin"] = "*"
    elif _is_registered(origin):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        response.headers["Access-Control-Allow-Methods"] = "GET, POST"
    response.headers.add("Vary", "Origin")
    return response


def _is_registered(origin: str) -> bool:
    """No, if the database cannot tell: an error here would cost the answer, a 503 mostly, and its headers."""
    try:
        with runtime().db.read() as conn:
            return origin in web_origins(conn)
    except SQLAlchemyError as error:
        log.warning("origin of %s: %s", request.path, getattr(error, "orig", error))
        return False
