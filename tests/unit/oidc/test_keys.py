from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jws import extract_compact

from minzhengtong.keys.models import KeyState, KeyUse
from minzhengtong.oidc.signing import jwks, make_oidc_keys, sign, signed_claims
from tests.unit.oidc.conftest import ISSUER, Provider


def test_keys_are_made_once(provider: Provider, now: datetime) -> None:
    with provider.db.write() as conn:
        before = jwks(provider.keyring.current(conn))
        make_oidc_keys(conn, provider.keyring, now)
        provider.keyring.refresh(conn)
        assert jwks(provider.keyring.current(conn)) == before
    assert len(provider.keyring.secret("pairwise")) == 32


def test_a_published_next_key_never_signs(provider: Provider, now: datetime) -> None:
    facts = {"use": KeyUse.ID_TOKEN, "alg": "ES256", "region": "", "state": KeyState.NEXT}
    with provider.db.write() as conn:
        provider.keyring.add(conn, ec.generate_private_key(ec.SECP256R1()), now, kid="next", **facts)
        keys = provider.keyring.current(conn)
    assert "next" in {key["kid"] for key in jwks(keys)["keys"]}
    kids = {_kid(sign(keys, "ES256", {"n": n})) for n in range(20)}
    assert kids == {keys.active(KeyUse.ID_TOKEN, alg="ES256").kid}


def test_only_our_id_tokens_are_hints(provider: Provider) -> None:
    with provider.db.read() as conn:
        keys = provider.keyring.current(conn)
    claims = {"iss": ISSUER, "exp": 1}
    assert signed_claims(keys, sign(keys, "RS256", claims), issuer=ISSUER) == claims
    assert signed_claims(keys, sign(keys, "ES256", claims), issuer="http://localhost:9000") is None
    assert signed_claims(keys, sign(keys, "ES256", claims, typ="logout+jwt"), issuer=ISSUER) is None
    for text in ("", "a.b", "a.b.c", "\x00", "é.é.é", "x" * 5000, "eyJhbGciOiJub25lIn0.e30."):
        assert signed_claims(keys, text, issuer=ISSUER) is None


def _kid(token: str) -> str:
    return str(extract_compact(token.encode()).headers()["kid"])
