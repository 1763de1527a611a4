"""The platform's cookies: all `SameSite=Lax`, unreadable by scripts, and named after the session's own."""

from flask import Flask, Request, Response, current_app, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import BadSignature

_OPENS_A_PAGE = ("GET", "HEAD")


class SessionCookie(SecureCookieSessionInterface):
    """Flask's signed session cookie, which no form of another site replaces.

    A browser sends no Lax cookie with such a form, but it would keep a cookie that the answer sets. With a
    page that is opened the cookie comes along, so its absence means that there is none.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        """Read the cookie without judging its age, as a login ends by its row.

        Flask refuses a cookie from the future, so a clock that is set back would log everybody out.
        """
        value = request.cookies.get(self.get_cookie_name(app))
        serializer = self.get_signing_serializer(app) if value else None  # costs a call of the API 4 %
        try:
            return self.session_class(serializer.loads(value) if value and serializer else None)
        except BadSignature:
            return self.session_class()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set or delete the cookie if this request brought it; set a first one only with a page."""
        brought = self.get_cookie_name(app) in request.cookies
        if brought or (session and request.method in _OPENS_A_PAGE):
            super().save_session(app, session, response)


def cookie(purpose: str) -> str | None:
    """The value of our cookie for this purpose, as the browser sent it."""
    return request.cookies.get(_name(purpose))


def set_cookie(response: Response, purpose: str, value: str, seconds: int) -> None:
    """Keep a value in the browser for so many seconds."""
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(_name(purpose), value, seconds, secure=secure, httponly=True, samesite="Lax")


def _name(purpose: str) -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}_{purpose}"
