"""Who a client is, by the secret it sends; Authlib's own check fails on odd secrets. Grants nothing."""

import binascii
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError

from minzhengtong.oidc.clients import Client

Find = Callable[[str], Client | None]


def authenticate(find: Find, authorization: str | None, form: Mapping[str, str]) -> Client:
    """The client that this request proves to be, by the one method it registered (RFC 6749 §2.3).

    Raises: InvalidClientError (always 401), InvalidRequestError when it tries two methods at once.
    """
    if authorization and "client_secret" in form:
        raise InvalidRequestError("Use one method of client authentication.")
    for method, client_id, secret in _claims(authorization, form):
        client = find(client_id)
        if client and _proves(client, method, secret):
            return client
    raise InvalidClientError("Client authentication failed.", status_code=401)


def _proves(client: Client, method: str, secret: str) -> bool:
    right = method == client.token_endpoint_auth_method
    return right and (method == "none" or client.check_client_secret(secret))


def _claims(authorization: str | None, form: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    if authorization:
        client_id, separator, secret = _decoded(authorization).partition(":")
        if separator:
            # RFC 6749 §2.3.1 says form-encoded, many clients send the plain text: try both, in this order.
            yield "client_secret_basic", unquote_plus(client_id), unquote_plus(secret)
            yield "client_secret_basic", client_id, secret
    elif "client_secret" in form:
        yield "client_secret_post", form.get("client_id", ""), form["client_secret"]
    else:
        yield "none", form.get("client_id", ""), ""


def _decoded(authorization: str) -> str:
    scheme, _, credentials = authorization.partition(" ")
    try:
        return b64decode(credentials.strip(), validate=True).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, ValueError):
        return ""
