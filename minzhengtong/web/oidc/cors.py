"""CORS headers for clients in browsers: never with cookies, never at the authorization endpoint."""

import logging

from flask import Flask, Response, request
from sqlalchemy.exc import SQLAlchemyError

from minzhengtong.oidc.clients import web_origins
from minzhengtong.web.kit.current import runtime

OPEN = ("/.well-known/openid-configuration", "/oauth/jwks")
"""Public documents, for any origin."""
REGISTERED = ("/oauth/token", "/oauth/userinfo", "/oauth/revoke")
"""Endpoints for the origins of registered redirect URIs only."""

log = logging.getLogger(__name__)


def share(app: Flask) -> None:
    """Add CORS headers to the answers of `app`."""
    app.after_request(_add)


def _add(response: Response) -> Response:
    origin = request.headers.get("Origin")
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
    """False if the database is away: an exception here would replace the answer, mostly a 503 already."""
    try:
        with runtime().db.read() as conn:
            return origin in web_origins(conn)
    except SQLAlchemyError as error:
        log.warning("origin of %s: %s", request.path, getattr(error, "orig", error))
        return False
