"""The table of errors: which error gives which HTTP status, as a page or as a problem (RFC 9457)."""

import logging
from typing import Any

from flask import Flask, Response, json, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, OperationalError, TimeoutError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from minzhengtong.access.authorize import ScopeNotGranted
from minzhengtong.base import errors
from minzhengtong.db.read_limit import ReadTooSlow
from minzhengtong.idempotency.answers import IdempotencyKeyReused
from minzhengtong.oidc.tokens import TokenInvalid
from minzhengtong.web.kit.body import BodyInvalid, BodyTooLarge, BodyTypeUnsupported
from minzhengtong.web.kit.guards import RoleMissing
from minzhengtong.web.kit.words import ROLES, error_words

STATUS: dict[type[errors.DomainError], int] = {
    errors.InvalidInput: 400,
    errors.NotAuthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    IdempotencyKeyReused: 422,
    BodyTooLarge: 413,
    BodyTypeUnsupported: 415,
    BodyInvalid: 422,
    errors.TooMany: 429,
}
"""The first class in an error's method resolution order that is listed here decides."""

CHALLENGES: dict[type[errors.DomainError], str] = {
    ScopeNotGranted: 'Bearer realm="minzhengtong", error="insufficient_scope"',
    TokenInvalid: 'Bearer realm="minzhengtong", error="invalid_token"',
    errors.NotAuthenticated: 'Bearer realm="minzhengtong"',
}
"""Found as in `STATUS`. A call without a token is told of no error (RFC 6750 §3.1)."""

READ_ONLY = "25006"
"""PostgreSQL's SQLSTATE for a write on a read-only server; psycopg does not raise OperationalError for it."""

log = logging.getLogger(__name__)


def register(app: Flask) -> None:
    """Answer every error of `app` from the table."""
    app.register_error_handler(errors.DomainError, _domain_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(ReadTooSlow, _too_slow)
    app.register_error_handler(DBAPIError, _database_error)
    app.register_error_handler(TimeoutError, _database_away)
    app.register_error_handler(Exception, _internal_error)


def status_of(error: errors.DomainError) -> int:
    """The HTTP status of a domain error."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def _domain_error(error: errors.DomainError) -> BaseResponse:
    opens_a_page = request.method in ("GET", "HEAD") and not _wants_problem()
    if isinstance(error, errors.NotAuthenticated) and opens_a_page:
        return redirect(url_for("auth.login", next=request.full_path.rstrip("?")))
    facts = {"expected": error.expected, "received": error.received, "help": error.help}
    facts = {name: text for name, text in facts.items() if text}
    role = error.role if isinstance(error, RoleMissing) else ""
    return _answer(status_of(error), error.code, error.title, facts, _headers(error), role=role)


def _headers(error: errors.DomainError) -> dict[str, str]:
    if isinstance(error, errors.TooMany):
        return {"Retry-After": str(error.retry_after_seconds)}
    challenge = next((CHALLENGES[kind] for kind in type(error).__mro__ if kind in CHALLENGES), None)
    return {"WWW-Authenticate": challenge} if challenge else {}


def _csrf_error(error: CSRFError) -> BaseResponse:
    facts = {"expected": "the form's own csrf_token", "received": str(error.description), "help": "reload"}
    return _answer(400, "csrf_failed", "The form has expired", facts, {})


def _http_error(error: HTTPException) -> BaseResponse:
    status = error.code or 500
    if status < 400:
        return error.get_response()  # the router redirects
    headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    return _answer(status, error.name.lower().replace(" ", "_"), error.name, {}, headers)


def _database_error(error: DBAPIError) -> BaseResponse:
    is_read_only = getattr(error.orig, "sqlstate", None) == READ_ONLY
    if isinstance(error, OperationalError) or error.connection_invalidated or is_read_only:
        return _database_away(error)
    return _internal_error(error)


def _database_away(error: DBAPIError | TimeoutError) -> BaseResponse:
    """The database is stopped, full or read-only, or all connections are busy; nothing was committed."""
    log.error("database: %s", getattr(error, "orig", error))
    facts = {"help": "the database did not answer; nothing was changed; try again in a moment"}
    return _answer(503, "database_unavailable", "The database is not available", facts, {"Retry-After": "2"})


def _too_slow(error: ReadTooSlow) -> BaseResponse:
    log.error("too slow: %s %s", request.method, request.path)
    facts = {"help": "the read took too long and was ended; nothing was changed"}
    return _answer(503, "too_slow", "The answer took too long", facts, {"Retry-After": "30"})


def _internal_error(error: Exception) -> BaseResponse:
    log.error("unexpected error on %s %s", request.method, request.path, exc_info=error)
    return _answer(500, "internal", "Something is wrong on our side", {}, {})


def _wants_problem() -> bool:
    if request.path.startswith(("/api/", "/oauth/token", "/oauth/userinfo")):
        return True
    best = request.accept_mimetypes.best_match(("text/html", "application/json", "application/problem+json"))
    return best not in (None, "text/html")


def _answer(
    status: int, code: str, title: str, facts: dict[str, str], headers: dict[str, str], *, role: str = ""
) -> Response:
    """A problem, or a page; a person without the `role` for it can log out on the page."""
    if _wants_problem():
        problem: dict[str, Any] = {"type": f"urn:mzt:problem:{code}", "title": title, "status": status}
        problem |= {"code": code, **facts}
        body, mimetype = json.dumps(problem), "application/problem+json"
    else:
        heading, advice = error_words(status)
        body = render_template(
            "errors/error.html",
            status=status,
            code=code,
            heading=heading,
            advice=advice,
            facts=facts,
            role=ROLES.get(role),
        )
        mimetype = "text/html"
    return Response(body, status, {**headers, "Cache-Control": "no-store"}, mimetype=mimetype)
