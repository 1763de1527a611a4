"""The code keys of the ten regions: makes and rotates them, and builds signers and a verifier of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from joserfc.jwk import OKPKey
from sqlalchemy import Connection, select

from minzhengtong.codes.cose import CLOCK_SKEW_S, MAX_LIFE_S, CodeSigner, CodeVerifier, kid_of
from minzhengtong.keys import rotation
from minzhengtong.keys.keyring import KeyRing, Keys, SigningKey
from minzhengtong.keys.models import KeyState, KeyUse, signing_key
from minzhengtong.places.divisions import REGIONS

ALG = "Ed25519"
VERIFIED_FOR = timedelta(seconds=MAX_LIFE_S + CLOCK_SKEW_S + 25)
"""How long a replaced key verifies: the longest lifetime of a code, clock skew, 25 s for a slow signer."""


@dataclass(frozen=True, slots=True)
class CodeKeys:
    """Signers by region and one verifier for all, built from one snapshot of the keys."""

    keys: Keys
    signers: dict[str, CodeSigner]
    verifier: CodeVerifier


_last = CodeKeys(Keys(()), {}, CodeVerifier({}))


def code_keys(keys: Keys) -> CodeKeys:
    """Return signers and verifier of these keys, built again only when the key ring has a new snapshot."""
    global _last  # replaced as a whole, so that another thread sees either the old or the new value
    held = _last
    if held.keys is not keys:
        held = _last = _build(keys)
    return held


def make_code_keys(conn: Connection, keyring: KeyRing, now: datetime) -> None:
    """Make a signing key for every region without an active one. The caller commits."""
    rows = select(signing_key.c.region).where(
        signing_key.c.use == KeyUse.CODE, signing_key.c.state == KeyState.ACTIVE
    )
    have = set(conn.execute(rows).scalars())
    for region in REGIONS:
        if region.code not in have:
            key, row = _new_key(region.code)
            keyring.add(conn, key, now, **row, state=KeyState.ACTIVE)


def publish_next_keys(
    conn: Connection, keyring: KeyRing, now: datetime, regions: Iterable[str], *, signs_at: datetime
) -> None:
    """Publish each region's next key, which signs from `signs_at` on.

    The caller commits. Raises: RotationUnderWay.
    """
    for region in regions:
        key, row = _new_key(region)
        rotation.publish(conn, keyring, key, now, signs_at, **row)


def key_set(keys: Keys) -> dict[str, Any]:
    """Return the public keys of all regions as a JWK set (RFC 7517, RFC 8037)."""
    return {"keys": [_jwk(key) for key in keys.of(KeyUse.CODE)]}


def _new_key(region: str) -> tuple[Ed25519PrivateKey, dict[str, str]]:
    key = Ed25519PrivateKey.generate()
    return key, {"kid": kid_of(key.public_key()).hex(), "use": KeyUse.CODE, "alg": ALG, "region": region}


def _build(keys: Keys) -> CodeKeys:
    ours = keys.of(KeyUse.CODE)
    signers = {key.region: _signer(key) for key in ours if key.state is KeyState.ACTIVE}
    public = {bytes.fromhex(key.kid): (cast(Ed25519PublicKey, key.public), key.region) for key in ours}
    return CodeKeys(keys, signers, CodeVerifier(public))


def _signer(key: SigningKey) -> CodeSigner:
    return CodeSigner(bytes.fromhex(key.kid), cast(Ed25519PrivateKey, key.private), key.region)


def _jwk(key: SigningKey) -> dict[str, Any]:
    public = OKPKey.import_key(cast(Ed25519PublicKey, key.public)).as_dict(private=False)
    return {**public, "kid": key.kid, "use": "sig", "alg": ALG, "region": key.region}
