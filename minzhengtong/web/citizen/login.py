"""The login page, and logging in and out of the platform itself."""

from collections.abc import Mapping
from functools import lru_cache

from authlib.oauth2.rfc6749 import OAuth2Error
from flask import Blueprint, Response, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy import Connection

from minzhengtong.base.errors import TooMany
from minzhengtong.base.ids import new_secret
from minzhengtong.demo.login import log_in_as_persona
from minzhengtong.identity.devices import LIFE, remember_device
from minzhengtong.identity.login import LoginFailed, log_in
from minzhengtong.identity.people import Person, personas
from minzhengtong.identity.sessions import renew_session, start_session
from minzhengtong.web.kit.address import client_address
from minzhengtong.web.kit.cookies import cookie, set_cookie
from minzhengtong.web.kit.current import now, runtime
from minzhengtong.web.kit.guards import public
from minzhengtong.web.kit.headers import allow_form_action
from minzhengtong.web.kit.i18n import LANGUAGES, language
from minzhengtong.web.kit.login_session import Visitor, forget, remember, visitor
from minzhengtong.web.kit.targets import local_target
from minzhengtong.web.kit.words import ROLES
from minzhengtong.web.oidc.answers import Step, refuse, see_other
from minzhengtong.web.oidc.logout import end_session_of
from minzhengtong.web.oidc.steps import resume, waiting

blueprint = Blueprint("auth", __name__)

DEVICE = "device"
"""The cookie of a browser in which somebody has logged in by password before."""


@blueprint.get("/login")
@public
def login() -> Response:
    """The login page; a visitor with a session and no request waiting goes to `next`."""
    if visitor() and not request.args.get("interaction"):
        return see_other(local_target(request.args.get("next")))
    return _page(request.args)


@blueprint.post("/login")
@public
def enter() -> Response:
    """Log in by phone and password."""
    form = request.form
    try:
        person = log_in(
            runtime(),
            form.get("phone", ""),
            form.get("password", ""),
            device=cookie(DEVICE) or "",
            address=client_address(),
        )
    except LoginFailed:
        return _page(form, status=422)
    except TooMany as error:
        return _page(form, status=429, wait_seconds=error.retry_after_seconds)
    return _enter(person, ("pwd",), device=cookie(DEVICE) or new_secret())


@blueprint.post("/login/persona")
@public
def enter_as_persona() -> Response:
    """Log in as a demo persona, in one click."""
    with runtime().db.read() as conn:
        person = log_in_as_persona(conn, runtime().settings, request.form.get("persona", ""))
    return _enter(person, ("demo",))


@blueprint.post("/logout")
@public
def leave() -> Response:
    """Log out here and in every mini-app."""
    if who := visitor():
        with runtime().db.write() as conn:
            end_session_of(conn, who, "logout")
    forget()
    return see_other("/")


def _enter(person: Person, amr: tuple[str, ...], *, device: str = "") -> Response:
    """Start the session and go on with the request that waits for it, in one transaction.

    A `device` is known to this person from now on, by its cookie.
    """
    at, old, interaction = now(), visitor(), request.form.get("interaction")
    with runtime().db.write() as conn:
        who = _session_of(conn, person, amr, old)
        if device:
            remember_device(conn, at, person.id, device)
        step = resume(conn, at, interaction, who) if interaction else None
    remember(who)
    response = _next_page(step)
    if device:
        set_cookie(response, DEVICE, device, int(LIFE.total_seconds()))
    return response


def _next_page(step: Step | OAuth2Error | None) -> Response:
    if step is None:
        return see_other(local_target(request.form.get("next")))
    return step.response() if isinstance(step, Step) else refuse(step)


def _session_of(conn: Connection, person: Person, amr: tuple[str, ...], old: Visitor | None) -> Visitor:
    """A new session; but a person who logs in again keeps theirs, so that their apps stay logged in."""
    if old and old.person.id == person.id:
        if renewed := renew_session(conn, now(), old.session, amr):
            return Visitor(old.session_id, renewed, person)
    elif old:
        end_session_of(conn, old, "another_person")
    session_id, session = start_session(conn, now(), person, amr)
    return Visitor(session_id, session, person)


def _page(given: Mapping[str, str], *, status: int = 200, wait_seconds: int = 0) -> Response:
    """The login page with what was given before. Raises: OAuth2Error when no such request waits."""
    interaction, next_page, asked = given.get("interaction", ""), given.get("next", ""), None
    with runtime().db.read() as conn:
        if interaction:
            _, asked = waiting(conn, now(), interaction)
        people = personas(conn) if runtime().settings.demo else ()
    if asked:
        allow_form_action(asked.redirect_uri)
    page = render_template(
        "citizen/login.html",
        here=url_for("auth.login", interaction=interaction or None, next=next_page or None),
        interaction=interaction,
        next=next_page,
        phone=(given.get("phone") or (asked.login_hint if asked else ""))[:20],
        buttons=_buttons(people, language()) if people else "",
        wrong=status == 422,
        wait_seconds=wait_seconds,
    )
    return Response(page, status, {"Retry-After": str(wait_seconds)} if wait_seconds else {})


@lru_cache(maxsize=len(LANGUAGES))
def _buttons(people: tuple[Person, ...], _: str) -> Markup:
    """The demo people in one language: two fifths of the page's work, the same for every visitor."""
    return Markup(render_template("citizen/_personas.html", people=people, roles=ROLES))  # noqa: S704  # our own template
