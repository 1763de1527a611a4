"""Makes codes with cbor2 and base45 instead of our own encoder: good ones, and ones with a single fault."""

from collections.abc import Mapping

import base45
import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from minzhengtong.codes.cose import CodeClaims, CodeSigner, CodeVerifier, kid_of

NOW = 1_800_000_000  # 2027-01-15T08:00:00Z
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KID = kid_of(KEY.public_key())
CLAIMS = CodeClaims("350100", NOW + 60, NOW, b"ABCDEFGH", 0b000011)
MAP: Mapping[object, object] = {3: "350100", 4: NOW + 60, 6: NOW, 7: b"ABCDEFGH", 9: b"\x00\x03"}
PROTECTED: Mapping[object, object] = {1: -19, 4: KID}

SIGNER = CodeSigner(KID, KEY, "350100")
VERIFIER = CodeVerifier({KID: (KEY.public_key(), "350100")})


def mint(
    payload: bytes | Mapping[object, object] = MAP,
    *,
    protected: Mapping[object, object] = PROTECTED,
    unprotected: Mapping[object, object] | None = None,
    key: Ed25519PrivateKey = KEY,
    tag: int = 18,
) -> str:
    """Sign a COSE_Sign1 with any content, as RFC 9052 §4.4 defines."""
    body = payload if isinstance(payload, bytes) else cbor2.dumps(payload)
    head = cbor2.dumps(protected)
    signature = key.sign(cbor2.dumps(["Signature1", head, b"", body]))
    return spell(cbor2.dumps(cbor2.CBORTag(tag, [head, dict(unprotected or {}), body, signature])))


def spell(raw: bytes) -> str:
    """Put any bytes into the envelope."""
    return f"MZ1:{base45.b45encode(raw).decode()}"


def unspell(text: str) -> bytes:
    """Take the bytes out of the envelope."""
    return bytes(base45.b45decode(text.removeprefix("MZ1:")))
