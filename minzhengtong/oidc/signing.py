"""The provider's signing keys: making, publishing, signing, verifying."""

from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey
from sqlalchemy import Connection

from minzhengtong.identity.sessions import LIFE
from minzhengtong.keys import rotation
from minzhengtong.keys.keyring import KeyRing, Keys, SigningKey
from minzhengtong.keys.models import KeyState, KeyUse
from minzhengtong.oidc.algorithms import allowing
from minzhengtong.oidc.client_metadata import ALGORITHMS
from minzhengtong.oidc.subjects import PAIRWISE_SECRET

HINT_CHARACTERS = 4096
VERIFIED_FOR = LIFE + timedelta(hours=1)
"""How long a replaced key verifies: an ID token is a logout hint for as long as its session may live."""

Jwk = ECKey | RSAKey | OKPKey

_known: dict[tuple[str, bool], Jwk] = {}
"""Keys in joserfc's form. A kid is the thumbprint of its key, so an entry can never become wrong."""


def make_oidc_keys(conn: Connection, keyring: KeyRing, now: datetime) -> None:
    """Make the signing keys and the pairwise secret that are missing. The caller commits.

    A key of an algorithm that an older version did not have signs at once: no client is registered for it.
    """
    keyring.make_secret(PAIRWISE_SECRET)
    keyring.refresh(conn)
    present = {key.alg for key in keyring.current(conn).of(KeyUse.ID_TOKEN)}
    for alg in ALGORITHMS:
        if alg not in present:
            key, row = _new_key(alg)
            keyring.add(conn, key, now, **row, state=KeyState.ACTIVE)


def publish_next_keys(conn: Connection, keyring: KeyRing, now: datetime, *, signs_at: datetime) -> None:
    """Publish the next key of each algorithm, which signs from `signs_at` on.

    The caller commits. Raises: RotationUnderWay.
    """
    for alg in ALGORITHMS:
        key, row = _new_key(alg)
        rotation.publish(conn, keyring, key, now, signs_at, **row)


def jwks(keys: Keys) -> dict[str, Any]:
    """The public key set (RFC 7517): next, active and retired keys, each with kid, alg and use."""
    return {"keys": [_public_jwk(key) for key in keys.of(KeyUse.ID_TOKEN)]}


def sign(keys: Keys, alg: str, claims: dict[str, Any], *, typ: str = "JWT") -> str:
    """Sign claims with the one active key of `alg`, named in `kid`.

    The signer never gets a key set: it would pick any of its keys, also one that may not sign yet.
    """
    key = keys.active(KeyUse.ID_TOKEN, alg=alg)
    return jwt.encode(
        {"alg": alg, "kid": key.kid, "typ": typ}, claims, _jwk(key, private=True), registry=allowing([alg])
    )


def signed_claims(keys: Keys, text: str, *, issuer: str) -> dict[str, Any] | None:
    """The claims of an ID token of this issuer, expired or not; None for anything else.

    Source: OpenID Connect RP-Initiated Logout 1.0 §2: an expired hint is still a hint.
    """
    if len(text) > HINT_CHARACTERS:
        return None
    key_set = KeySet([_jwk(key, private=False) for key in keys.of(KeyUse.ID_TOKEN)])
    try:
        token = jwt.decode(text, key_set, registry=allowing())
    except (JoseError, ValueError):
        return None
    ours = token.claims.get("iss") == issuer and token.header.get("typ") == "JWT"
    return dict(token.claims) if ours else None


def _new_key(alg: str) -> tuple[PrivateKeyTypes, dict[str, str]]:
    key: PrivateKeyTypes
    if alg == "ES256":
        key = ec.generate_private_key(ec.SECP256R1())
    elif alg == "EdDSA":
        key = Ed25519PrivateKey.generate()
    else:
        key = rsa.generate_private_key(65537, 2048)
    return key, {"kid": str(_wrap(key).kid), "use": KeyUse.ID_TOKEN, "alg": alg, "region": ""}


def _public_jwk(key: SigningKey) -> dict[str, Any]:
    members = _jwk(key, private=False).as_dict(private=False)
    return {**members, "kid": key.kid, "alg": key.alg, "use": "sig"}


def _jwk(key: SigningKey, *, private: bool) -> Jwk:
    if (key.kid, private) not in _known:
        _known[key.kid, private] = _wrap(key.private if private else key.public)
    return _known[key.kid, private]


def _wrap(key: Any) -> Jwk:
    wrapped: Jwk
    if isinstance(key, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey):
        wrapped = ECKey.import_key(key)
    elif isinstance(key, Ed25519PrivateKey | Ed25519PublicKey):
        wrapped = OKPKey.import_key(key)
    else:
        wrapped = RSAKey.import_key(key)
    wrapped.ensure_kid()
    return wrapped
