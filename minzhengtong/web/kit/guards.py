"""Guards: who may call a view. Every view carries exactly one; tests/rules/test_guards.py checks it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from minzhengtong.base.errors import Forbidden, NotAuthenticated
from minzhengtong.identity.people import Person
from minzhengtong.web.kit.login_session import visitor


class RoleMissing(Forbidden):
    """A page or call is for staff of one role, and this person does not have it."""

    code = "role_missing"
    title = "You do not have the role for this"

    def __init__(self, role: str) -> None:
        help = "log out, and log in as a person who has it"
        super().__init__(f"a person with the role {role}", "a person without it", help)
        self.role = role


View = TypeVar("View", bound=Callable[..., Any])


def citizen() -> Person | None:
    """The person whose live session this request carries, if any."""
    who = visitor()
    return who.person if who else None


def signed_in() -> Person:
    """The person of this request. Raises: NotAuthenticated."""
    person = citizen()
    if person is None:
        raise NotAuthenticated("a live login session", "none", "log in at /login")
    return person


def public(view: View) -> View:
    """Anyone may call this view."""
    view.guard = "public"  # type: ignore[attr-defined]
    return view


def bearer(view: View) -> View:
    """Programs call this view with a token or client credentials, which the view itself checks."""
    view.guard = "bearer"  # type: ignore[attr-defined]
    return view


def login_required(view: View) -> View:
    """Only a person with a live session; a page sends anyone else to the login."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        signed_in()
        return view(*args, **kwargs)

    guarded.guard = "login"  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]


def role_required(role: str) -> Callable[[View], View]:
    """Only a person with this staff role; for others the view raises RoleMissing."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if role not in signed_in().roles:
                raise RoleMissing(role)
            return view(*args, **kwargs)

        guarded.guard = f"role:{role}"  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate
