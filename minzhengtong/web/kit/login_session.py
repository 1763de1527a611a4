"""The login session of a request: the cookie holds its id (Flask-Login), the database its row."""

from dataclasses import dataclass

from flask import Flask, g, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from minzhengtong.identity.people import Person
from minzhengtong.identity.sessions import LoginSession, live_session
from minzhengtong.web.kit.current import now, runtime


@dataclass(frozen=True)
class Visitor(UserMixin):
    """The person of this request and the live session. `session_id` is the secret in the cookie."""

    session_id: str
    session: LoginSession
    person: Person

    def get_id(self) -> str:
        """The session's id, not the person's, so that a session can be ended from anywhere."""
        return self.session_id


def setup(app: Flask) -> None:
    """Load the visitor of every request of `app`."""
    manager = LoginManager(app, add_context_processor=False)
    manager.session_protection = None  # a session ends by its row; a browser's name and address prove nothing
    manager.user_loader(_load)
    app.before_request(_load_early)


def visitor() -> Visitor | None:
    """The visitor, if this request carries a live session."""
    if "_user_id" not in session:  # Flask-Login would go on to read a remember-me cookie, which we never set
        return None
    return current_user._get_current_object() if current_user.is_authenticated else None


def remember(who: Visitor) -> None:
    """Put a session into the cookie; of what the cookie held before, only the language stays."""
    _clear()
    session.permanent = True
    login_user(who)
    del session["_id"]  # 128 characters that only session protection needs


def forget() -> None:
    """Take the session out of the cookie."""
    logout_user()
    _clear()


def _clear() -> None:
    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language


def _load(session_id: str) -> Visitor | None:
    """Read the session. After an error, answer None: the error page asks for the visitor once more."""
    if "visitor_failed" in g:
        return None
    g.visitor_failed = True
    with runtime().db.read() as conn:
        found = live_session(conn, now(), session_id)
    g.pop("visitor_failed")
    return Visitor(session_id, *found) if found else None


def _load_early() -> None:
    """Load the visitor before a view opens its transaction, because transactions do not nest."""
    if request.endpoint != "static":
        visitor()
