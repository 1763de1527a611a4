"""Codes that no citizen's page would show, signed with a running server's own keys."""

import time
from pathlib import Path
from secrets import token_bytes

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from minzhengtong.base.settings import Settings
from minzhengtong.codes import base45
from minzhengtong.codes.cose import PREFIX, CodeClaims, CodeScope, CodeSigner, kid_of
from minzhengtong.codes.issue import issue_code
from minzhengtong.demo.personas import load_personas
from minzhengtong.keys.models import KeyUse
from minzhengtong.places.divisions import region_of
from minzhengtong.runtime import Runtime

REGION = "350100"
SCOPE = CodeScope.PAY | CodeScope.CERTIFICATES


class Mint:
    """Signs as Fuzhou's issuer, with the key files of the server whose var folder is given."""

    def __init__(self, var_dir: Path) -> None:
        self._runtime = Runtime.open(Settings.from_env({"MZT_VAR_DIR": str(var_dir)}))
        with self._runtime.db.read() as conn:
            self._keys = self._runtime.keyring.current(conn)
        key = self._keys.active(KeyUse.CODE, region=REGION)
        assert isinstance(key.private, Ed25519PrivateKey)
        self._kid, self._key = bytes.fromhex(key.kid), key.private

    def close(self) -> None:
        self._runtime.db.dispose()

    def issued_to(self, persona: str) -> str:
        """A code as the persona's own phone would get it."""
        person = load_personas().by_key(persona)
        assert person
        facts = (self._keys, person.person_id, region_of(person.home), SCOPE)
        with self._runtime.db.write() as conn:
            return issue_code(conn, self._runtime.clock.now(), *facts).text

    def code(self, *, issued_ago_s: int = 0) -> str:
        """A genuine code of 60 s that was issued then, or will be when the number is negative."""
        return _sign(CodeSigner(self._kid, self._key, REGION), issued_ago_s)

    def code_by_unknown_key(self) -> str:
        """A whole code, signed by a key that nobody published."""
        key = Ed25519PrivateKey.generate()
        return _sign(CodeSigner(kid_of(key.public_key()), key, REGION))

    def code_by_other_key(self) -> str:
        """A code that names our key and is signed by another one."""
        return _sign(CodeSigner(self._kid, Ed25519PrivateKey.generate(), REGION))


def flipped(code: str) -> str:
    """The same code with one bit of its last byte turned over."""
    raw = bytearray(base45.decode(code.removeprefix(PREFIX)))
    raw[-1] ^= 1
    return PREFIX + base45.encode(bytes(raw))


def _sign(signer: CodeSigner, issued_ago_s: int = 0) -> str:
    issued = int(time.time()) - issued_ago_s
    return signer.sign(CodeClaims(REGION, issued + 60, issued, token_bytes(8), SCOPE))
