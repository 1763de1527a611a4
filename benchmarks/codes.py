"""Codes: verifying and signing, compared with raw Ed25519."""

from functools import partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.compare import Row, compare
from minzhengtong.codes.cose import CodeClaims, CodeRefused, CodeSigner, CodeVerifier, kid_of

NOW_S = 1_800_000_000
CLAIMS = CodeClaims("350100", NOW_S + 60, NOW_S, bytes(range(8)), 3)


def rows() -> list[Row]:
    """Measure signing, verifying and refusing."""
    key = Ed25519PrivateKey.generate()
    public_key, message = key.public_key(), bytes(64)  # as long as the Sig_structure of format A
    signature = key.sign(message)
    kid = kid_of(public_key)
    signer, verifier = CodeSigner(kid, key, "350100"), CodeVerifier({kid: (public_key, "350100")})
    stranger = CodeSigner(bytes(8), key, "350100").sign(CLAIMS)
    text = signer.sign(CLAIMS)
    raw_verify = ("raw Ed25519 verify", lambda: public_key.verify(signature, message))
    return [
        compare("verify a code", raw_verify, lambda: verifier.verify(text, NOW_S), goal=">= 0.85 x"),
        compare(
            "sign a code",
            ("raw Ed25519 sign", lambda: key.sign(message)),
            lambda: signer.sign(CLAIMS),
            goal=">= 0.70 x",
        ),
        *(
            compare(
                f"refuse {what}",
                raw_verify,
                partial(_refuse, verifier, junk),
                goal="<= 10 us",
            )
            for what, junk in (
                ("another text", "https://example.org/"),
                ("another layout", "MZ1:" + "0" * 180),
                ("an unknown key", stranger),
            )
        ),
    ]


def _refuse(verifier: CodeVerifier, text: str) -> None:
    try:
        verifier.verify(text, NOW_S)
    except CodeRefused:
        return
    raise AssertionError("junk was accepted")
