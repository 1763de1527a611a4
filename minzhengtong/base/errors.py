"""The tree of errors that rooms raise. Knows facts and stable codes, never HTTP status numbers."""

from typing import ClassVar


class DomainError(Exception):
    """A call that cannot be done, with a stable code and what was expected and received.

    `expected`, `received` and `help` are English sentences for the developer of the caller;
    they never carry a secret. Pages show their own words first, chosen by status or `code`.
    """

    code: ClassVar[str] = "error"
    title: ClassVar[str] = "The request could not be done"

    def __init__(self, expected: str = "", received: str = "", help: str = "") -> None:
        super().__init__(f"{self.code}: expected {expected or '-'}, received {received or '-'}")
        self.expected, self.received, self.help = expected, received, help


class InvalidInput(DomainError):
    """What arrived does not have the form that was asked for."""

    code = "invalid_input"
    title = "The request is not well-formed"


class NotFound(DomainError):
    """The thing named does not exist, or not for this caller."""

    code = "not_found"
    title = "There is no such thing here"


class Conflict(DomainError):
    """The thing exists, but not in a state that allows this."""

    code = "conflict"
    title = "The state of things does not allow this"


class Forbidden(DomainError):
    """The caller is known and may not do this."""

    code = "forbidden"
    title = "You may not do this"


class NotAuthenticated(DomainError):
    """The caller did not prove who it is."""

    code = "not_authenticated"
    title = "Authentication is needed"


class TooMany(DomainError):
    """A limit was reached; `retry_after_seconds` says when it is worth another try."""

    code = "too_many_requests"
    title = "Too many requests"

    def __init__(self, retry_after_seconds: int, expected: str = "", received: str = "") -> None:
        super().__init__(expected, received, f"try again after {retry_after_seconds} s")
        self.retry_after_seconds = retry_after_seconds
