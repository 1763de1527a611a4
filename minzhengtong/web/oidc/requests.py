"""An OAuth request as Authlib's grants want it, made from a form, a query or a stored interaction."""

import re
from collections.abc import Mapping
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Payload, OAuth2Request
from werkzeug.datastructures import MultiDict

MAX_CHARACTERS = 8192
_CONTROL = re.compile(r"[\x00-\x1f]")


class Payload(OAuth2Payload):
    """The parameters of a request, each given once."""

    def __init__(self, params: Mapping[str, str]) -> None:
        self._params = params

    @property
    def data(self) -> Mapping[str, str]:
        return self._params


class ProviderRequest(OAuth2Request):
    """A request whose parameters came from one place only: Flask's `values` would mix query and body.

    `url` begins with the issuer: Authlib refuses plain http except on a loopback issuer.
    """

    def __init__(self, method: str, url: str, params: Mapping[str, str], headers: Any = None) -> None:
        super().__init__(method, url, headers=headers)
        self.payload = Payload(params)

    @property
    def form(self) -> Mapping[str, str]:
        return self.payload.data


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
