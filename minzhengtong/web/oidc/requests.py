"""The parameters of an OAuth request, each from one place and given once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from authlib.oauth2.rfc6749 import InvalidRequestError
from flask import request
from werkzeug.datastructures import MultiDict

MAX_CHARACTERS = 8192
_CONTROL = re.compile(r"[\x00-\x1f]")


@dataclass(frozen=True, slots=True)
class ProgramCall:
    """A call of an endpoint for programs: its form, and its `Authorization` header if it has one."""

    form: Mapping[str, str]
    authorization: str | None


def browser_params() -> dict[str, str]:
    """The parameters of the current request: of the form if it is posted, else of the URL.

    Raises: InvalidRequestError.
    """
    return single_params(request.form if request.method == "POST" else request.args)


def program_call() -> ProgramCall:
    """The current form post, read to its end: call it before any transaction, as the sender may be slow.

    Raises: InvalidRequestError; a query string is refused (RFC 6749 §2.3.1).
    """
    form = single_params(request.form)
    if request.query_string:
        raise InvalidRequestError("Parameters belong in the form, not in the URL.")
    return ProgramCall(form, request.headers.get("Authorization"))


def single_params(values: MultiDict[str, str]) -> dict[str, str]:
    """The parameters, if each came once and is clean text (RFC 6749 §3.1); empty ones count as left out.

    Raises: InvalidRequestError. A NUL would make PostgreSQL refuse the row.
    """
    for name, several in values.lists():
        if len(several) > 1:
            raise InvalidRequestError("A parameter was given more than once.")
        if _CONTROL.search(name + several[0]):
            raise InvalidRequestError("A parameter holds a control character.")
    params = {name: value for name, value in values.items() if value}
    if sum(len(name) + len(value) for name, value in params.items()) > MAX_CHARACTERS:
        raise InvalidRequestError(f"The parameters are longer than {MAX_CHARACTERS} characters.")
    return params
