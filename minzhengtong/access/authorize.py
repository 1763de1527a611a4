"""The one question every API call asks: may this token do this, now?"""

from datetime import datetime

from sqlalchemy import Connection

from minzhengtong.access.consent import missing_scopes
from minzhengtong.base.errors import Forbidden
from minzhengtong.oidc.tokens import Token


class ScopeNotGranted(Forbidden):
    """The token does not carry the scope, or the citizen's consent behind it is gone."""

    code = "scope_not_granted"
    title = "The app may not do this"


def authorize(conn: Connection, now: datetime, token: Token, scope: str) -> None:
    """Let the call through, or raise ScopeNotGranted. The client's standing was seen by `find_token`."""
    require_scope(token, scope)
    person, app = token.person_id, token.app_id
    if person and app and missing_scopes(conn, now, person, app, [scope]):
        raise ScopeNotGranted(f"the citizen's consent to {scope}", "none that is live")


def require_scope(token: Token, scope: str) -> None:
    """All there is to ask of a client that acts for itself. Raises: ScopeNotGranted."""
    if scope not in token.scopes:
        granted = " ".join(sorted(token.scopes))
        raise ScopeNotGranted(f"a token with the scope {scope}", granted, "ask for it in the manifest")
