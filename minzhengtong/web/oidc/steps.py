"""The steps of an authorization request: log in, consent, code. Each runs in its caller's transaction."""

from collections.abc import Mapping
from datetime import datetime

from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error
from authlib.oidc.core.errors import ConsentRequiredError, LoginRequiredError
from sqlalchemy import Connection

from minzhengtong.access.consent import missing_scopes
from minzhengtong.oidc import interactions
from minzhengtong.oidc.authorization import AuthorizationRequest
from minzhengtong.oidc.codes import issue_code
from minzhengtong.oidc.interactions import Interaction, Limits, Sender
from minzhengtong.oidc.subjects import subject_of
from minzhengtong.web.kit.current import runtime
from minzhengtong.web.kit.login_session import Visitor
from minzhengtong.web.oidc.answers import Step, back_to_client, refusal, to_login, to_sheet
from minzhengtong.web.oidc.authorization import authorization_request
from minzhengtong.web.oidc.browser import browser_id


def begin(
    conn: Connection, now: datetime, params: Mapping[str, str], who: Visitor | None, sender: Sender
) -> Step:
    """Answer with a code at once, or keep the request for its sender and ask the person first.

    Touches nothing but the database. The caller commits. Raises: OAuth2Error, TooMany.
    """
    asked = authorization_request(conn, params)
    if who is None or needs_login(who, asked.login_after(now)) or not _is_hinted(asked, who):
        error, to_page = LoginRequiredError(), to_login
    elif _needs_consent(conn, now, asked, who):
        error, to_page = ConsentRequiredError(), to_sheet
    else:
        return _with_code(conn, now, asked, who)
    if "none" in asked.prompts:
        return refusal(error, asked.redirect_uri, asked.state)
    return to_page(interactions.begin(conn, now, asked, sender, _limits()))


def waiting(conn: Connection, now: datetime, interaction_id: str) -> tuple[Interaction, AuthorizationRequest]:
    """The request that waits under this id for this browser. Raises: OAuth2Error."""
    browser = browser_id()
    found = interactions.find(conn, now, interaction_id, browser) if browser else None
    if found is None:
        raise InvalidRequestError("This sign-in request has expired or was answered already.")
    return found, authorization_request(conn, found.params)


def resume(conn: Connection, now: datetime, interaction_id: str, who: Visitor) -> Step | OAuth2Error:
    """Go on with a waiting request after a login, in the login's own transaction.

    An error is returned, not raised, because the caller commits the login all the same.
    """
    try:
        found, asked = waiting(conn, now, interaction_id)
        if _needs_consent(conn, now, asked, who):
            return to_sheet(interaction_id)
        return finish(conn, now, found, asked, who)
    except OAuth2Error as error:
        return error


def finish(
    conn: Connection, now: datetime, found: Interaction, asked: AuthorizationRequest, who: Visitor
) -> Step:
    """End a waiting request with a code. The caller commits.

    Raises: OAuth2Error when it was answered meanwhile, or `id_token_hint` names another person.
    """
    if not interactions.finish(conn, found):
        raise InvalidRequestError("This sign-in request was answered already.")
    if not _is_hinted(asked, who):
        description = "Another person logged in than the hint names."
        raise LoginRequiredError(description, redirect_uri=asked.redirect_uri, state=asked.state)
    return _with_code(conn, now, asked, who)


def _limits() -> Limits:
    settings = runtime().settings
    return Limits(settings.unfinished_logins_per_address, settings.unfinished_logins)


def needs_login(who: Visitor, login_after: datetime | None) -> bool:
    """Whether the visitor's login is older than the request accepts."""
    return login_after is not None and who.session.auth_time < login_after


def _needs_consent(conn: Connection, now: datetime, asked: AuthorizationRequest, who: Visitor) -> bool:
    missing = missing_scopes(conn, now, who.person.id, asked.app_id, asked.reads)
    return bool(missing) or "consent" in asked.prompts


def _is_hinted(asked: AuthorizationRequest, who: Visitor) -> bool:
    return asked.is_for(subject_of(runtime().keyring, asked.client.sector, who.person.id))


def _with_code(conn: Connection, now: datetime, asked: AuthorizationRequest, who: Visitor) -> Step:
    """Raises: OAuth2Error when an essential `acr` is not reached (OpenID Connect Core §5.5.1.1)."""
    if not asked.is_reached_by(who.session.acr):
        raise OAuth2Error(
            f"The login reached {who.session.acr}, which is none of the values of acr that were asked for.",
            error="unmet_authentication_requirements",
            redirect_uri=asked.redirect_uri,
            state=asked.state,
        )
    code = {"code": issue_code(conn, now, asked, who.session)}
    return back_to_client(asked.redirect_uri, code | ({"state": asked.state} if asked.state else {}))
