"""The ten regions' code keys: made once, then held as ready signers and one verifier. Signs nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from joserfc.jwk import OKPKey
from sqlalchemy import Connection, select

from minzhengtong.codes.cose import CodeSigner, CodeVerifier, kid_of
from minzhengtong.core.keys import KeyRing, Keys, KeyState, KeyUse, SigningKey, signing_key
from minzhengtong.places.divisions import REGIONS

ALG = "Ed25519"


@dataclass(frozen=True, slots=True)
class CodeKeys:
    """The signers by region and the verifier of all regions, built for one snapshot of the keys."""

    keys: Keys
    signers: dict[str, CodeSigner]
    verifier: CodeVerifier


_last = CodeKeys(Keys(()), {}, CodeVerifier({}))


def code_keys(keys: Keys) -> CodeKeys:
    """Signers and verifier of these keys; built again only when the key ring hands out another snapshot."""
    global _last  # swapped whole, so that another thread sees the old one or the new one
    held = _last
    if held.keys is not keys:
        held = _last = _build(keys)
    return held


def make_code_keys(conn: Connection, keyring: KeyRing, now: datetime) -> None:
    """Give every region that has none its signing key. The caller commits."""
    rows = select(signing_key.c.region).where(
        signing_key.c.use == KeyUse.CODE, signing_key.c.state == KeyState.ACTIVE
    )
    have = set(conn.execute(rows).scalars())
    for region in REGIONS:
        if region.code not in have:
            key = Ed25519PrivateKey.generate()
            row = {"kid": kid_of(key.public_key()).hex(), "region": region.code, "state": KeyState.ACTIVE}
            keyring.add(conn, key, now, **row, use=KeyUse.CODE, alg=ALG)


def key_set(keys: Keys) -> dict[str, Any]:
    """The public keys of all regions as a JWK set (RFC 7517, RFC 8037), for readers that verify."""
    return {"keys": [_jwk(key) for key in keys.of(KeyUse.CODE)]}


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
