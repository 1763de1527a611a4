"""Checks whether a token may be used for a scope now."""

from datetime import datetime

from sqlalchemy import Connection

from minzhengtong.access.consent import missing_scopes
from minzhengtong.base.errors import Forbidden
from minzhengtong.oidc.tokens import Token
from minzhengtong.registry.scopes import PLATFORM_SCOPES


class ScopeNotGranted(Forbidden):
    """The token does not have the scope, or the citizen's consent to it has ended."""

    code = "scope_not_granted"
    title = "The app may not do this"


def authorize(conn: Connection, now: datetime, token: Token, scope: str) -> None:
    """Raises: ScopeNotGranted. That the client is active was checked by `find_token`."""
    require_scope(token, scope)
    person, app = token.person_id, token.app_id
    if person and app and missing_scopes(conn, now, person, app, [scope]):
        raise ScopeNotGranted(f"the citizen's consent to {scope}", "none that is live")


def require_scope(token: Token, scope: str) -> None:
    """The whole check for a client that acts for itself. Raises: ScopeNotGranted.

    The platform's own scopes are worth nothing in a mini-app's token, however it got them.
    """
    if token.app_id and scope in PLATFORM_SCOPES:
        raise ScopeNotGranted("a token of the platform's own client", f"one of {token.app_id}")
    if scope not in token.scopes:
        granted = " ".join(sorted(token.scopes))
        raise ScopeNotGranted(f"a token with the scope {scope}", granted, "ask for it in the manifest")
