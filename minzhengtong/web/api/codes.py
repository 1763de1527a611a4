"""The API of code keys: what a reader needs to verify codes itself. Reads no code."""

from dataclasses import dataclass

from flask import Blueprint, Response, jsonify

from minzhengtong.codes.signers import key_set
from minzhengtong.keys.keyring import KEY_SET_SECONDS
from minzhengtong.web.api.operation import Operation, describe
from minzhengtong.web.kit.current import keys, runtime
from minzhengtong.web.kit.guards import public

blueprint = Blueprint("api_codes", __name__, url_prefix="/api/v1/codes")

CACHE = f"public, max-age={KEY_SET_SECONDS}"


@dataclass(frozen=True, slots=True)
class CodeKeyAnswer:
    """One region's public key, as a JWK (RFC 8037)."""

    kty: str
    crv: str
    x: str
    kid: str
    use: str
    alg: str
    region: str


@dataclass(frozen=True, slots=True)
class CodeKeysAnswer:
    """The keys of all ten regions."""

    keys: tuple[CodeKeyAnswer, ...]


@blueprint.get("/keys")
@public
@describe(Operation("Read the public keys that sign codes", {200: CodeKeysAnswer}, enters=()))
def read_keys() -> Response:
    """The keys in use and those retired a short while ago."""
    with runtime().db.read() as conn:
        response = jsonify(key_set(keys(conn)))
    response.headers["Cache-Control"] = CACHE
    return response
