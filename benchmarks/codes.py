"""Codes: verifying and signing against raw Ed25519, drawing against the qrcode library's default call."""

from functools import partial
from io import BytesIO

import qrcode
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from qrcode.image.svg import SvgPathImage

from benchmarks.compare import Row, compare
from minzhengtong.codes.cose import CodeClaims, CodeRefused, CodeSigner, CodeVerifier, kid_of
from minzhengtong.codes.draw import draw_png, draw_svg, modules

NOW_S = 1_800_000_000
CLAIMS = CodeClaims("350100", NOW_S + 60, NOW_S, bytes(range(8)), 3)


def rows() -> list[Row]:
    """Measure every figure that issue 3 names for codes."""
    return _signatures() + _drawings()


def _signatures() -> list[Row]:
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


def _drawings() -> list[Row]:
    key = Ed25519PrivateKey.generate()
    text = CodeSigner(kid_of(key.public_key()), key, "350100").sign(CLAIMS)
    modules(text)  # learns the layout once

    def library_modules() -> None:
        symbol = qrcode.QRCode()
        symbol.add_data(text)
        symbol.make()

    return [
        compare(
            "modules",
            ("qrcode default", library_modules),
            lambda: modules(text),
            goal="<= 120 us",
        ),
        compare(
            "SVG",
            ("qrcode SvgPathImage", lambda: qrcode.make(text, image_factory=SvgPathImage).to_string()),
            lambda: draw_svg(text, "code"),
            goal=">= 50 x",
        ),
        compare(
            "PNG",
            ("qrcode default PNG", lambda: qrcode.make(text).save(BytesIO())),
            lambda: draw_png(text),
            goal=">= 50 x",
        ),
    ]


def _refuse(verifier: CodeVerifier, text: str) -> None:
    try:
        verifier.verify(text, NOW_S)
    except CodeRefused:
        return
    raise AssertionError("junk was accepted")
