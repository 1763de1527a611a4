"""Who may call an operation of the API, and how the caller is found. Each operation names one `Allowed`."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from flask import current_app, request

from minzhengtong.access.authorize import ScopeNotGranted, authorize, require_scope
from minzhengtong.base.errors import NotAuthenticated
from minzhengtong.oidc.tokens import Token, TokenInvalid, find_token
from minzhengtong.registry.terminals import Terminal
from minzhengtong.web.kit.current import callers, now, runtime
from minzhengtong.web.kit.guards import RoleMissing, signed_in

_B64TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,512}=*")


@dataclass(frozen=True, slots=True)
class AppCaller:
    """A mini-app that calls with its own token, and its terminal if the operation looks it up."""

    token: Token
    app_id: str
    terminal: Terminal | None = None

    def require(self, scopes: Iterable[str]) -> None:
        """Raises: ScopeNotGranted, for the first scope that the token does not carry."""
        for scope in scopes:
            require_scope(self.token, scope)


@dataclass(frozen=True, slots=True)
class Allowed:
    """Who may call: `schemes` and `scopes` for the document, `find` for the call.

    `find` takes the body, None if there is none that could be read, and returns the caller.
    Raises: NotAuthenticated, TokenInvalid, ScopeNotGranted, RoleMissing; CSRFError.
    """

    schemes: tuple[Literal["bearer", "session"], ...]
    scopes: tuple[str, ...]
    find: Callable[[Any], Any]


ANYONE = Allowed((), (), lambda _body: None)


def apps(*scopes: str, may_need: tuple[str, ...] = ()) -> Allowed:
    """A mini-app with its own token and all of `scopes`. The view checks those of `may_need` that apply."""
    return Allowed(("bearer",), (*scopes, *may_need), lambda _body: _app(scopes))


def apps_at_terminals(*, may_need: tuple[str, ...]) -> Allowed:
    """A mini-app with its own token, and the terminal that the body names; both are cached for 0.5 s."""

    def find(body: Any) -> AppCaller:
        if body is None:
            return _app(())
        known = callers().find(now(), raw_token(), body.terminal_id)
        return _app_of(known.token, known.terminal) if known else _app_of(None)

    return Allowed(("bearer",), may_need, find)


def staff(role: str, *, scope: str) -> Allowed:
    """A client whose token has `scope`, or a person with `role` in a login session; the caller is its id."""

    def find(_body: Any) -> str:
        if "Authorization" in request.headers:
            return _client(scope)
        person = signed_in()
        if role not in person.roles:
            raise RoleMissing(role)
        current_app.extensions["csrf"].protect()
        return person.id

    return Allowed(("bearer", "session"), (scope,), find)


def raw_token() -> str:
    """The text of this request's token (RFC 6750 §2.1). Raises: NotAuthenticated, TokenInvalid."""
    scheme, _, raw = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise NotAuthenticated("Authorization: Bearer and a token", "no token", "get one at /oauth/token")
    if not _B64TOKEN.fullmatch(raw):
        raise TokenInvalid.of_any()
    return raw


def _app(scopes: Iterable[str]) -> AppCaller:
    with runtime().db.read() as conn:
        caller = _app_of(find_token(conn, now(), raw_token()))
    caller.require(scopes)
    return caller


def _app_of(token: Token | None, terminal: Terminal | None = None) -> AppCaller:
    if token is None:
        raise TokenInvalid.of_any()
    if token.app_id is None or token.person_id is not None:
        raise ScopeNotGranted(
            "a mini-app's own token", "another's", "use the app's client credentials at /oauth/token"
        )
    return AppCaller(token, token.app_id, terminal)


def _client(scope: str) -> str:
    with runtime().db.read() as conn:
        token = find_token(conn, now(), raw_token())
        if token is None:
            raise TokenInvalid.of_any()
        authorize(conn, now(), token, scope)
    return token.client_id
