"""The API of code keys: what a reader needs to verify codes itself."""

from dataclasses import dataclass

from flask import Blueprint

from minzhengtong.codes.signers import key_set
from minzhengtong.keys.keyring import KEY_SET_SECONDS
from minzhengtong.web.api.allow import ANYONE
from minzhengtong.web.api.operation import operation
from minzhengtong.web.kit.current import keys, runtime

blueprint = Blueprint("api_codes", __name__, url_prefix="/api/v1/codes")


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
@operation("Read the public keys that sign codes", ANYONE, cache=f"public, max-age={KEY_SET_SECONDS}")
def read_keys() -> CodeKeysAnswer:
    """The keys in use, and those retired a short while ago."""
    with runtime().db.read() as conn:
        return CodeKeysAnswer(tuple(CodeKeyAnswer(**key) for key in key_set(keys(conn))["keys"]))
