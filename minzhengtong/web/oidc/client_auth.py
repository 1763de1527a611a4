"""Client authentication by the secret in the request; Authlib's own check fails on secrets beyond ASCII."""

import binascii
from base64 import b64decode
from collections.abc import Iterator
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError
from sqlalchemy import Connection

from minzhengtong.oidc.clients import Client, client_by_id
from minzhengtong.web.oidc.requests import ProgramCall


def authenticate(conn: Connection, call: ProgramCall) -> Client:
    """The client that this call proves to come from, by the one method it registered (RFC 6749 §2.3).

    Raises: InvalidClientError (always 401), InvalidRequestError when it tries two methods at once.
    """
    if call.authorization and "client_secret" in call.form:
        raise InvalidRequestError("Use one method of client authentication.")
    for method, client_id, secret in _claims(call):
        client = client_by_id(conn, client_id)
        if client and _proves(client, method, secret):
            return client
    raise InvalidClientError("Client authentication failed.", status_code=401)


def _proves(client: Client, method: str, secret: str) -> bool:
    right = method == client.token_endpoint_auth_method
    return right and (method == "none" or client.check_client_secret(secret))


def _claims(call: ProgramCall) -> Iterator[tuple[str, str, str]]:
    form = call.form
    if call.authorization:
        client_id, separator, secret = _decoded(call.authorization).partition(":")
        if separator:
            # RFC 6749 §2.3.1 says form-encoded, but many clients send plain text: try both, in this order.
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
