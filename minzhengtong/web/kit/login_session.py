"""The login session of a request: its id is in the cookie (Flask-Login), what it is worth in its row."""

from dataclasses import dataclass

from flask import Flask, g, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from minzhengtong.base.ids import new_secret
from minzhengtong.identity.people import Person
from minzhengtong.identity.sessions import LoginSession, live_session
from minzhengtong.web.kit.current import now, runtime

_FORM_SECRET = "csrf_token"  # noqa: S105  # the name under which Flask-WTF keeps it


@dataclass(frozen=True)
class Visitor(UserMixin):
    """The person of this request with her live session. `session_id` is the secret of the cookie."""

    session_id: str
    session: LoginSession
    person: Person

    def get_id(self) -> str:
        """The session's id, not the person's, so that a session can be ended from anywhere."""
        return self.session_id


def setup(app: Flask) -> None:
    """Know the visitor of every request of `app`."""
    manager = LoginManager()
    app.login_manager = manager  # type: ignore[attr-defined]  # `init_app` would look for remember-me cookies too
    manager.session_protection = None  # the row can be ended; a browser's name and address prove nothing
    manager.user_loader(_load)
    app.before_request(_load_early)


def visitor() -> Visitor | None:
    """Who is visiting with a live session, if anyone."""
    if "_user_id" not in session:  # Flask-Login would hash the browser's name and address before it looked
        return None
    return current_user._get_current_object() if current_user.is_authenticated else None


def remember(who: Visitor) -> None:
    """Put a session into the cookie, in place of all the cookie held before except language and browser."""
    _clear()
    session.permanent = True
    login_user(who)
    del session["_id"]  # 128 characters for the protection that `setup` switches off


def forget() -> None:
    """Take the session out of the cookie."""
    logout_user()
    _clear()


def browser_id() -> str:
    """A secret that this browser keeps in its cookie, so that what it began can be bound to it."""
    if "browser" not in session:
        session["browser"] = new_secret()
        # The forms of the page that comes next would put theirs there: one signed cookie instead of two.
        session.setdefault(_FORM_SECRET, new_secret())
    return str(session["browser"])


def _clear() -> None:
    kept = {name: session[name] for name in ("language", "browser") if name in session}
    session.clear()
    session.update(kept)


def _load(session_id: str) -> Visitor | None:
    """Asked again after it failed, it says nobody: the page of the error asks who visits, to greet her."""
    if "visitor_unknown" in g:
        return None
    try:
        with runtime().db.read() as conn:
            found = live_session(conn, now(), session_id)
    except Exception:
        g.visitor_unknown = True
        raise
    return Visitor(session_id, *found) if found else None


def _load_early() -> None:
    """Before a view opens its transaction: the loader opens one of its own. Programs have no cookie."""
    if "HTTP_COOKIE" in request.environ and request.endpoint != "static":
        visitor()
