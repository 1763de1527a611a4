"""Format A: frozen bytes, agreement with cbor2 and base45, times and keys."""

from hashlib import sha256

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from minzhengtong.codes.cose import CodeClaims, CodeRefused, CodeScope, CodeSigner, CodeVerifier, kid_of
from minzhengtong.codes.reasons import Reason
from tests.unit.codes.minting import CLAIMS, KEY, KID, MAP, NOW, SIGNER, VERIFIER, mint, unspell

FROZEN = (
    "MZ1:RRQT 9 60GO0/2O5VSI*N*478CKZM4FJ0EL6746646FN0FPD0QQWY0FPDUOQJ-0BB8UM84Y8N09U7130027B11F0CQH2KZ"
    "AHO72TAWVTGG14Z-S%NNF58 442J9*BEGO1 9N5 6D.VUER$0CRE0C78%WO QD5R57111.N*.07YAB*GYZ7H+N"
)


def test_the_text_of_known_claims_never_changes() -> None:
    assert SIGNER.sign(CLAIMS) == FROZEN
    assert len(FROZEN) == 184
    assert len(unspell(FROZEN)) == 120
    assert VERIFIER.verify(FROZEN, NOW) == CLAIMS


def test_an_independent_encoder_makes_the_same_text() -> None:
    assert mint() == FROZEN
    tagged = cbor2.loads(unspell(FROZEN))
    protected, unprotected, payload, signature = tagged.value
    assert (tagged.tag, unprotected, len(signature)) == (18, {}, 64)
    assert cbor2.loads(protected) == {1: -19, 4: KID}
    assert cbor2.loads(payload) == MAP


def test_kid_is_the_start_of_the_cose_key_thumbprint() -> None:
    key = {1: 1, -1: 6, -2: KEY.public_key().public_bytes_raw()}
    assert kid_of(KEY.public_key()) == sha256(cbor2.dumps(key, canonical=True)).digest()[:8]


@given(
    st.integers(0x10000, 2**32 - 91),
    st.integers(1, 90),
    st.binary(min_size=8, max_size=8),
    st.integers(0, 63),
)
@settings(max_examples=200)
def test_signed_claims_are_verified(iat: int, life: int, cti: bytes, scope: int) -> None:
    claims = CodeClaims("350100", iat + life, iat, cti, scope)
    text = SIGNER.sign(claims)
    assert text == mint({**MAP, 4: iat + life, 6: iat, 7: cti, 9: scope.to_bytes(2)})
    assert VERIFIER.verify(text, iat) == claims


@pytest.mark.parametrize(
    ("now_s", "reason", "expected", "received"),
    [
        (NOW - 6, Reason.NOT_YET_VALID, "iat at or before 2027-01-15T07:59:59Z", "iat 2027-01-15T08:00:00Z"),
        (NOW - 5, None, "", ""),
        (NOW + 59, None, "", ""),
        (NOW + 60, Reason.EXPIRED, "exp after 2027-01-15T08:01:00Z", "exp 2027-01-15T08:01:00Z"),
        (NOW + 61, Reason.EXPIRED, "exp after 2027-01-15T08:01:01Z", "exp 2027-01-15T08:01:00Z"),
    ],
)
def test_codes_are_refused_just_outside_their_lifetime(
    now_s: int, reason: Reason | None, expected: str, received: str
) -> None:
    if reason is None:
        assert VERIFIER.verify(FROZEN, now_s) == CLAIMS
        return
    with pytest.raises(CodeRefused) as caught:
        VERIFIER.verify(FROZEN, now_s)
    refused = caught.value
    assert (refused.reason, refused.step) == (reason, "time")
    assert (refused.expected, refused.received) == (expected, received)


def test_each_key_signs_for_its_own_region() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    kid = kid_of(key.public_key())
    verifier = CodeVerifier({KID: (KEY.public_key(), "350100"), kid: (key.public_key(), "350200")})
    text = CodeSigner(kid, key, "350200").sign(CodeClaims("350200", NOW + 60, NOW, bytes(8), 1))
    assert verifier.verify(text, NOW).aud == "350200"
    assert verifier.verify(FROZEN, NOW).aud == "350100"


@pytest.mark.parametrize(
    "claims",
    [
        CodeClaims("350200", NOW + 60, NOW, bytes(8), 1),
        CodeClaims("350100", NOW + 60, NOW, bytes(7), 1),
        CodeClaims("350100", NOW + 60, NOW, bytes(9), 1),
        CodeClaims("350100", 60, 0, bytes(8), 1),
        CodeClaims("350100", 2**32, NOW, bytes(8), 1),
        CodeClaims("350100", NOW + 60, NOW, bytes(8), 2**16),
    ],
)
def test_signer_refuses_claims_that_do_not_fit(claims: CodeClaims) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        SIGNER.sign(claims)


@pytest.mark.parametrize(("kid", "aud"), [(bytes(7), "350100"), (bytes(8), "35010"), (bytes(8), "福州3501")])
def test_signer_needs_kid_and_region(kid: bytes, aud: str) -> None:
    with pytest.raises(ValueError, match="kid of 8 bytes"):
        CodeSigner(kid, KEY, aud)


def test_scope_bits() -> None:
    assert [(bit.name, bit.value) for bit in CodeScope] == [
        ("PAY", 1),
        ("CERTIFICATES", 2),
        ("TRANSIT", 4),
        ("MEDICAL_INSURANCE", 8),
        ("LIBRARY", 16),
        ("SERVICE_WINDOW", 32),
    ]
