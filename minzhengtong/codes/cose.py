"""Signs and verifies format A, the online code: 120 bytes of COSE_Sign1 in base45.

A code is `MZ1:` + base45(18([protected {1: -19, 4: kid}, {}, payload, signature])), where the payload is
the CWT claims set {3: aud, 4: exp, 6: iat, 7: cti, 9: scope}. Deterministic CBOR (RFC 8949 §4.2) gives
these claims one spelling, so a code is compared with that byte template instead of parsed. What a CBOR
parser may accept besides (appended bytes, long lengths, a second key) does not match.
Sources: RFC 9052 §4 (COSE_Sign1), RFC 8392 (claims), RFC 9864 (alg -19).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntFlag, StrEnum
from hashlib import sha256
from struct import Struct

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from minzhengtong.codes import base45
from minzhengtong.codes.reasons import Reason, Refused

PREFIX = "MZ1:"
TEXT_LENGTH = 184
MAX_LIFE_S = 90
CLOCK_SKEW_S = 5

_PROTECTED = bytes.fromhex("a2 01 32 04 48")  # map of two: 1 (alg): -19, 4 (kid): 8 bytes follow
_HEAD = bytes.fromhex("d2 84 4d") + _PROTECTED  # tag 18, array of four, 13 protected bytes
_TO_PAYLOAD = bytes.fromhex("a0 58 23")  # empty unprotected map, 35 bytes of payload
_MARKS = (
    _HEAD,
    _TO_PAYLOAD + bytes.fromhex("a5 03 66"),  # map of five, 3 (aud): text of six
    bytes.fromhex("04 1a"),  # exp: four bytes
    bytes.fromhex("06 1a"),  # iat: four bytes
    bytes.fromhex("07 48"),  # cti: eight bytes
    bytes.fromhex("09 42"),  # scope: two bytes
    bytes.fromhex("58 40"),  # signature: 64 bytes
)
_LAYOUT = Struct(">8s8s6s6s2sI2sI2s8s2sH2s64s")
_CLAIMS = Struct(">I2sI2s8s2sH")
_PAYLOAD = slice(19, 54)
_TIMES = range(0x10000, 1 << 32)  # what deterministic CBOR writes in four bytes


class CodeScope(IntFlag):
    """What a code may be used for, as bits of the scope claim."""

    PAY = 1
    CERTIFICATES = 2
    TRANSIT = 4
    MEDICAL_INSURANCE = 8
    LIBRARY = 16
    SERVICE_WINDOW = 32


_ALL_SCOPES = sum(CodeScope)


class CodeStep(StrEnum):
    """The steps of reading a code, in order; a refusal names the step that failed."""

    TEXT = "text"  # spelled as a code
    KEY = "key"  # signed by a key in use, of the region the code names
    SIGNATURE = "signature"
    TIME = "time"


class CodeRefused(Refused):
    """Raised when a text is not a code that may be spent now."""

    def __init__(self, reason: Reason, expected: str, received: str, step: CodeStep) -> None:
        super().__init__(reason, expected, received)
        self.args = (reason, expected, received, step)
        self.step = step


@dataclass(frozen=True, slots=True)
class CodeClaims:
    """The claims of a code: issuing region, expiry and issue in POSIX seconds, 8-byte id, scope bits."""

    aud: str
    exp: int
    iat: int
    cti: bytes
    scope: int


def kid_of(public_key: Ed25519PublicKey) -> bytes:
    """Return a key's id: the first 8 bytes of its COSE key thumbprint (SHA-256, RFC 9679 §3)."""
    thumbprint_input = bytes.fromhex("a3 01 01 20 06 21 58 20") + public_key.public_bytes_raw()
    return sha256(thumbprint_input).digest()[:8]


class CodeSigner:
    """Signs the codes of one region. Tests make bad codes with a `kid` that is not the key's."""

    def __init__(self, kid: bytes, private_key: Ed25519PrivateKey, aud: str) -> None:
        if len(kid) != 8 or not _is_region(aud.encode()):
            raise ValueError("a code needs a kid of 8 bytes and an aud of 6 digits")
        self.aud = aud
        self._sign = private_key.sign
        payload_head = _MARKS[1][3:] + aud.encode()
        self._text_head = PREFIX + base45.encode(_HEAD + kid + _TO_PAYLOAD + payload_head + _MARKS[2])
        self._signed_head = _signed_head(kid) + payload_head + _MARKS[2]

    def sign(self, claims: CodeClaims) -> str:
        """Return the text of a code with these claims; the caller chooses how long it is valid.

        Raises: ValueError when the claims do not fit the layout or name another region.
        """
        fits = len(claims.cti) == 8 and 0 <= claims.scope < 1 << 16
        if not (fits and claims.aud == self.aud and claims.iat in _TIMES and claims.exp in _TIMES):
            raise ValueError("these claims are not of this signer's region or do not fit the layout")
        _, _, _, to_iat, to_cti, to_scope, to_signature = _MARKS
        rest = _CLAIMS.pack(claims.exp, to_iat, claims.iat, to_cti, claims.cti, to_scope, claims.scope)
        return self._text_head + base45.encode(rest + to_signature + self._sign(self._signed_head + rest))


class CodeVerifier:
    """Verifies codes signed by any of the keys in use, given as kid -> (public key, region)."""

    def __init__(self, keys: Mapping[bytes, tuple[Ed25519PublicKey, str]]) -> None:
        self._keys = {kid: (key.verify, aud, _signed_head(kid)) for kid, (key, aud) in keys.items()}

    def verify(self, text: str, now_s: int) -> CodeClaims:
        """Return the claims of a code that is genuine and valid at `now_s` (POSIX seconds).

        Layout, key, signature and time are checked in this order, so a forged code is never called expired.
        Raises: CodeRefused.
        """
        kid, claims, payload, signature = _read(text)
        if (known := self._keys.get(kid)) is None:
            raise CodeRefused(Reason.UNKNOWN_KEY, "the kid of a key in use", f"kid {kid.hex()}", CodeStep.KEY)
        verify, aud, signed_head = known
        if claims.aud != aud:
            expected = f"aud {aud}, the region of key {kid.hex()}"
            raise CodeRefused(Reason.UNKNOWN_KEY, expected, f"aud {claims.aud}", CodeStep.KEY)
        try:
            verify(signature, signed_head + payload)
        except InvalidSignature as error:
            expected = f"an Ed25519 signature by key {kid.hex()}"
            received = "a signature that does not verify with this key"
            raise CodeRefused(Reason.BAD_SIGNATURE, expected, received, CodeStep.SIGNATURE) from error
        _check_time(claims, now_s)
        return claims


def _read(text: str) -> tuple[bytes, CodeClaims, bytes, bytes]:
    if len(text) != TEXT_LENGTH or not text.startswith(PREFIX):
        begin = "begin" if text.startswith(PREFIX) else "do not begin"
        expected = f"{TEXT_LENGTH} characters that begin with {PREFIX}"
        raise _not_a_code(expected, f"{len(text)} characters that {begin} with {PREFIX}")
    try:
        raw = base45.decode(text[len(PREFIX) :])
    except base45.Base45Error as error:
        raise _not_a_code("base45 after the prefix", str(error)) from error
    (
        head,
        kid,
        to_aud,
        aud,
        to_exp,
        exp,
        to_iat,
        iat,
        to_cti,
        cti,
        to_scope,
        scope,
        to_signature,
        signature,
    ) = _LAYOUT.unpack(raw)
    if (head, to_aud, to_exp, to_iat, to_cti, to_scope, to_signature) != _MARKS or not _is_region(aud):
        raise _not_a_code("the 120 bytes of a format A code", "120 bytes in another layout")
    if not (iat in _TIMES and iat < exp <= iat + MAX_LIFE_S):
        raise _not_a_code(f"a lifetime of 1 to {MAX_LIFE_S} seconds", f"iat {_iso(iat)}, exp {_iso(exp)}")
    if scope & ~_ALL_SCOPES:
        raise _not_a_code(f"scope bits within {_ALL_SCOPES:#06x}", f"scope {scope:#06x}")
    return kid, CodeClaims(aud.decode(), exp, iat, cti, scope), raw[_PAYLOAD], signature


def _check_time(claims: CodeClaims, now_s: int) -> None:
    if claims.iat > now_s + CLOCK_SKEW_S:
        expected = f"iat at or before {_iso(now_s + CLOCK_SKEW_S)}"
        raise CodeRefused(Reason.NOT_YET_VALID, expected, f"iat {_iso(claims.iat)}", CodeStep.TIME)
    if claims.exp <= now_s:
        raise CodeRefused(
            Reason.EXPIRED, f"exp after {_iso(now_s)}", f"exp {_iso(claims.exp)}", CodeStep.TIME
        )


def _signed_head(kid: bytes) -> bytes:
    # Sig_structure of RFC 9052 §4.4 up to the payload: context, protected bytes, empty external_aad.
    return b"\x84\x6aSignature1\x4d" + _PROTECTED + kid + b"\x40\x58\x23"


def _is_region(aud: bytes) -> bool:
    return len(aud) == 6 and aud.isdigit()


def _not_a_code(expected: str, received: str) -> CodeRefused:
    return CodeRefused(Reason.NOT_A_CODE, expected, received, CodeStep.TEXT)


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
