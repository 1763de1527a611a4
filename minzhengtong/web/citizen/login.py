"""Logging in and out of the platform itself. Who somebody is, identity says; what follows, oidc does."""

from collections.abc import Mapping
from functools import lru_cache

from authlib.oauth2.rfc6749 import OAuth2Error
from flask import Blueprint, Response, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy import Connection

from minzhengtong.base.errors import TooMany
from minzhengtong.demo.login import log_in_as_persona
from minzhengtong.identity.login import LoginFailed, log_in
from minzhengtong.identity.people import Person, personas
from minzhengtong.identity.sessions import renew_session, start_session
from minzhengtong.web.kit.current import now, runtime
from minzhengtong.web.kit.guards import public
from minzhengtong.web.kit.headers import allow_form_action
from minzhengtong.web.kit.i18n import LANGUAGES, language
from minzhengtong.web.kit.login_session import Visitor, forget, remember, visitor
from minzhengtong.web.kit.targets import local_target
from minzhengtong.web.kit.words import ROLES
from minzhengtong.web.oidc.answers import refuse, see_other
from minzhengtong.web.oidc.authorize import resume, waiting
from minzhengtong.web.oidc.logout import end_session_of

blueprint = Blueprint("auth", __name__)


@blueprint.get("/login")
@public
def login() -> Response:
    """The login page; who has a session and no request waiting goes where she wanted."""
    if visitor() and not request.args.get("interaction"):
        return see_other(local_target(request.args.get("next")))
    return _page(request.args)


@blueprint.post("/login")
@public
def enter() -> Response:
    """Log in by phone and password."""
    form = request.form
    try:
        person = log_in(runtime(), form.get("phone", "").strip(), form.get("password", ""))
    except LoginFailed:
        return _page(form, status=422)
    except TooMany as error:
        return _page(form, status=429, wait_seconds=error.retry_after_seconds)
    with runtime().db.write() as conn:
        return _begin(conn, person, ("pwd",))


@blueprint.post("/login/persona")
@public
def enter_as_persona() -> Response:
    """Log in as a demo persona, in one click."""
    with runtime().db.write() as conn:
        person = log_in_as_persona(conn, runtime().settings, request.form.get("persona", ""))
        return _begin(conn, person, ("demo",))


@blueprint.post("/logout")
@public
def leave() -> Response:
    """Log out here and in every mini-app."""
    if who := visitor():
        with runtime().db.write() as conn:
            end_session_of(conn, who, "logout")
    forget()
    return see_other("/")


def _begin(conn: Connection, person: Person, amr: tuple[str, ...]) -> Response:
    """Start the session and go on with what waited for it: one transaction, one commit."""
    who = _session_of(conn, person, amr)
    remember(who)
    interaction = request.form.get("interaction")
    return (
        resume(conn, interaction, who) if interaction else see_other(local_target(request.form.get("next")))
    )


def _session_of(conn: Connection, person: Person, amr: tuple[str, ...]) -> Visitor:
    """A new session; but the same person who logs in again keeps hers, so that her apps stay logged in."""
    old = visitor()
    if old and old.person.id == person.id:
        if renewed := renew_session(conn, now(), old.session, amr):
            return Visitor(old.session_id, renewed, person)
    elif old:
        end_session_of(conn, old, "another_person")
    session_id, session = start_session(conn, now(), person, amr)
    return Visitor(session_id, session, person)


def _page(given: Mapping[str, str], *, status: int = 200, wait_seconds: int = 0) -> Response:
    with runtime().db.read() as conn:
        try:
            found = waiting(conn, given["interaction"]) if given.get("interaction") else None
        except OAuth2Error as error:
            return refuse(error)
        people = personas(conn) if runtime().settings.demo else ()
    buttons = _buttons(people, language()) if people else ""
    if found:
        allow_form_action(found.params["redirect_uri"])
    hint = found.params.get("login_hint", "") if found else ""
    page = render_template(
        "citizen/login.html",
        here=url_for("auth.login", interaction=given.get("interaction"), next=given.get("next")),
        interaction=given.get("interaction", ""),
        next=given.get("next", ""),
        phone=(given.get("phone") or hint)[:20],
        buttons=buttons,
        wrong=status == 422,
        wait_seconds=wait_seconds,
    )
    return Response(page, status, {"Retry-After": str(wait_seconds)} if wait_seconds else {})


@lru_cache(maxsize=len(LANGUAGES))
def _buttons(people: tuple[Person, ...], _: str) -> Markup:
    """The demo people in one language: two fifths of the page's work, the same for every visitor."""
    return Markup(render_template("citizen/_personas.html", people=people, roles=ROLES))  # noqa: S704  # our own template
