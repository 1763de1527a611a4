"""Every fault of a code that is found without the database: each is refused with its reason."""

import base64
import hmac
import zlib

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import example, given, settings
from hypothesis import strategies as st

from minzhengtong.codes.base45 import ALPHABET
from minzhengtong.codes.cose import CodeClaims, CodeRefused, CodeSigner, CodeStep, CodeVerifier, kid_of
from minzhengtong.codes.reasons import Reason
from tests.unit.codes.minting import (
    CLAIMS,
    KEY,
    KID,
    MAP,
    NOW,
    PROTECTED,
    SIGNER,
    VERIFIER,
    mint,
    spell,
    unspell,
)

GOOD = mint()
RAW = unspell(GOOD)
ORDER = 2**252 + 27742317777372353535851937790883648493  # of the Ed25519 base point, RFC 8032 §5.1
KID_BYTES, CTI, SIGNATURE = set(range(8, 16)), set(range(42, 50)), set(range(56, 120))
JUDGED = {*range(22, 28), *range(30, 34), *range(36, 40), 52, 53}  # region, exp, iat, scope
FRAME = set(range(120)) - KID_BYTES - JUDGED - CTI - SIGNATURE
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(32))


def flipped(bit: int) -> str:
    number = int.from_bytes(RAW) ^ 1 << (8 * len(RAW) - 1 - bit)
    return spell(number.to_bytes(len(RAW)))


def swapped(old: str, new: str) -> str:
    """Replace bytes of the payload and sign the result."""
    payload = RAW[19:54]
    assert payload.count(bytes.fromhex(old)) == 1
    return mint(payload.replace(bytes.fromhex(old), bytes.fromhex(new)))


def reasons_of(text: str) -> set[Reason]:
    """What GOOD bent into this text may be refused for, by the bytes that the base45 library reads in it."""
    try:
        raw = unspell(text)
    except ValueError:
        raw = b""
    if len(raw) != len(RAW):
        return {Reason.NOT_A_CODE}
    altered = {place for place, (is_now, was) in enumerate(zip(raw, RAW, strict=True)) if is_now != was}
    if altered & FRAME:
        return {Reason.NOT_A_CODE}
    reason = Reason.UNKNOWN_KEY if altered & KID_BYTES else Reason.BAD_SIGNATURE
    # What no code can say is seen before the key, another region together with the key.
    return {reason, Reason.NOT_A_CODE, Reason.UNKNOWN_KEY} if altered & JUDGED else {reason}


def jwt(header: bytes, secret: bytes) -> str:
    parts = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in (header, b'{"aud":"350100"}'))
    mac = hmac.digest(secret, parts, "sha256") if secret else b""
    return (parts + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()


def mac0_with_the_public_key() -> str:
    head, payload = cbor2.dumps({1: 5, 4: KID}), RAW[19:54]
    mac = hmac.digest(
        KEY.public_key().public_bytes_raw(), cbor2.dumps(["MAC0", head, b"", payload]), "sha256"
    )
    return spell(cbor2.dumps(cbor2.CBORTag(17, [head, {}, payload, mac])))


def without(label: int) -> dict[object, object]:
    return {key: value for key, value in MAP.items() if key != label}


NOT_A_CODE = {
    "empty": "",
    "a kilobyte eight times": "MZ1:" + "A" * 8192,
    "a web address": "https://example.org/pay?to=me",
    "another prefix": "HC1:" + GOOD[4:],
    "prefix twice": "MZ1:" + GOOD,
    "lower case": GOOD.lower(),
    "full-width character": GOOD[:50] + "Ａ" + GOOD[51:],
    "unpaired surrogate": GOOD[:50] + "\ud800" + GOOD[51:],
    "character outside base45": GOOD[:50] + "_" + GOOD[51:],
    "one character more": GOOD + "0",
    "blank at the end": GOOD + " ",
    "group above 65535": GOOD[:-3] + ":::",
    "cut in the middle": GOOD[:100],
    "byte appended": spell(RAW + b"\x00"),
    "CBOR appended": spell(RAW + b"\xf6"),
    "byte missing": spell(RAW[:-1]),
    "no tag": spell(RAW[1:]),
    "tag of Mac0": mint(tag=17),
    "tag in two bytes": spell(b"\xd8\x12" + RAW[1:]),
    "array of five": spell(b"\xd2\x85" + RAW[2:] + b"\xf6"),
    "null payload": spell(RAW[:17] + b"\xf6" + RAW[54:]),
    "nested tags": spell(b"\xd2" * 120),
    "nested arrays": spell(b"\x84" * 120),
    "claim twice": swapped("041a", "061a"),
    "unknown claim": swapped("0942", "0a42"),
    "claim more": mint({**MAP, 10: 1}),
    "claims in another order": mint(dict(reversed(list(MAP.items())))),
    "compressed": spell(zlib.compress(RAW)),
    "empty signature": spell(RAW[:54] + b"\x40"),
    "alg is ES256": mint(protected={1: -7, 4: KID}),
    "alg is EdDSA, its old name": mint(protected={1: -8, 4: KID}),
    "alg missing": mint(protected={4: KID}),
    "alg only unprotected": mint(protected={4: KID}, unprotected={1: -19}),
    "other kid unprotected": mint(unprotected={4: bytes(8)}),
    "protected in another order": mint(protected={4: KID, 1: -19}),
    "kid of seven": mint(protected={1: -19, 4: KID[:7]}),
    "Mac0 keyed with the public key": mac0_with_the_public_key(),
    "JWT without signature": jwt(b'{"alg":"none"}', b""),
    "JWT keyed with the public key": jwt(b'{"alg":"HS256"}', KEY.public_key().public_bytes_raw()),
    "aud of letters": mint({**MAP, 3: "FUZHOU"}),
    "aud of seven": mint({**MAP, 3: "3501000"}),
    "aud of bytes": swapped("0366", "0346"),
    "exp missing": mint(without(4)),
    "exp is text": swapped("041a", "0464"),
    "exp is NaN": mint({**MAP, 4: float("nan")}),
    "exp is NaN in four bytes": swapped("041a6b49d23c", "04fa7fc00000"),
    "exp negative": swapped("041a", "043a"),
    "exp beyond the century": mint({**MAP, 4: 2**63}),
    "exp in eight bytes": mint(RAW[19:28] + b"\x04\x1b" + bytes(4) + RAW[30:54]),
    "exp before iat": mint({**MAP, 4: NOW - 1}),
    "exp at iat": mint({**MAP, 4: NOW}),
    "life of 91 s": mint({**MAP, 4: NOW + 91}),
    "times that fit in fewer bytes": swapped("041a6b49d23c061a6b49d200", "041a0000003c061a00000001"),
    "cti of seven": mint({**MAP, 7: b"ABCDEFG"}),
    "cti of text": swapped("0748", "0768"),
    "reserved scope bit": mint({**MAP, 9: b"\x00\x43"}),
    "highest scope bit": mint({**MAP, 9: b"\x80\x03"}),
}

UNKNOWN_KEY = {
    "a key nobody has": mint(protected={1: -19, 4: bytes(8)}, key=STRANGER),
    "our signature under a key nobody has": mint(protected={1: -19, 4: bytes(8)}),
    "a key that was retired": CodeSigner(kid_of(STRANGER.public_key()), STRANGER, "350100").sign(CLAIMS),
    "key of another region": mint({**MAP, 3: "350200"}),
}

BAD_SIGNATURE = {
    "payload bit": flipped(8 * 45),
    "signature bit": flipped(8 * 60),
    "another key": mint(key=STRANGER),
    "zero signature": spell(RAW[:56] + bytes(64)),
    "S + L": spell(RAW[:88] + (int.from_bytes(RAW[88:], "little") + ORDER).to_bytes(32, "little")),
    "signature of another code": spell(RAW[:56] + unspell(mint({**MAP, 9: b"\x00\x01"}))[56:]),
    "external data signed too": spell(
        RAW[:56] + KEY.sign(cbor2.dumps(["Signature1", cbor2.dumps(PROTECTED), b"x", RAW[19:54]]))
    ),
    "forged and long expired": mint({**MAP, 4: NOW - 900, 6: NOW - 960}, key=STRANGER),
}

CATALOGUE = [
    pytest.param(text, reason, step, id=name)
    for texts, reason, step in (
        (NOT_A_CODE, Reason.NOT_A_CODE, CodeStep.TEXT),
        (UNKNOWN_KEY, Reason.UNKNOWN_KEY, CodeStep.KEY),
        (BAD_SIGNATURE, Reason.BAD_SIGNATURE, CodeStep.SIGNATURE),
    )
    for name, text in texts.items()
]


@pytest.mark.parametrize(("text", "reason", "step"), CATALOGUE)
def test_bad_code_is_refused_for_its_reason(text: str, reason: Reason, step: CodeStep) -> None:
    with pytest.raises(CodeRefused) as caught:
        VERIFIER.verify(text, NOW)
    refused = caught.value
    assert (refused.reason, refused.step) == (reason, step), refused
    assert refused.expected != refused.received
    assert len(str(refused)) < 200, "a refusal is a sentence, not an echo"


def test_every_single_bit_flip_is_refused() -> None:
    reasons = set()
    for bit in range(960):
        with pytest.raises(CodeRefused) as caught:
            VERIFIER.verify(flipped(bit), NOW)
        reasons.add(caught.value.reason)
    assert reasons == {Reason.NOT_A_CODE, Reason.UNKNOWN_KEY, Reason.BAD_SIGNATURE}


def test_a_verifier_without_keys_refuses_every_code() -> None:
    with pytest.raises(CodeRefused, match="unknown_key"):
        CodeVerifier({}).verify(GOOD, NOW)


@given(
    st.lists(st.tuples(st.integers(0, 183), st.sampled_from(ALPHABET + "a_é")), min_size=1, max_size=4),
    st.integers(0, 200),
)
@settings(max_examples=300)
def test_altered_text_is_refused(changes: list[tuple[int, str]], length: int) -> None:
    text = list(GOOD)
    for place, character in changes:
        text[place] = character
    altered = "".join(text)[: length if length > 170 else None]
    if altered == GOOD:
        return
    with pytest.raises(CodeRefused) as caught:
        VERIFIER.verify(altered, NOW)
    assert caught.value.reason in reasons_of(altered), caught.value


@given(st.lists(st.tuples(st.integers(0, 34), st.integers(0, 255)), max_size=3))
@example([(3, ord("4"))])
@settings(max_examples=300)
def test_each_claim_set_has_exactly_one_text(changes: list[tuple[int, int]]) -> None:
    payload = bytearray(RAW[19:54])
    for place, byte in changes:
        payload[place] = byte
    text = mint(bytes(payload))
    try:
        claims = VERIFIER.verify(text, NOW)
    except CodeRefused:
        return
    assert SIGNER.sign(claims) == text
    assert claims == CodeClaims("350100", claims.exp, claims.iat, claims.cti, claims.scope)


@given(st.one_of(st.text(max_size=200), st.binary(max_size=200).map(spell)))
@settings(max_examples=200)
def test_garbage_is_refused(text: str) -> None:
    with pytest.raises(CodeRefused) as caught:
        VERIFIER.verify(text, NOW)
    assert caught.value.reason is Reason.NOT_A_CODE
