"""Signing keys: private ones in files of mode 0600, public ones and their states in the database, all cached.

The room that makes a key chooses its kid, algorithm and region.
"""

import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock
from typing import Any

from cachetools import TTLCache
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from sqlalchemy import Connection, select

from minzhengtong.keys.models import KeyState, KeyUse, signing_key

REFRESH_SECONDS = 2.0
"""How old the cached states may be. A rotation publishes a key long before it signs."""

KEY_SET_SECONDS = 300
"""How long a reader may cache a published key set, as its `Cache-Control` says."""

SECRET_BYTES = 32
"""Length of a secret."""

_KEYS = "keys"
"""The one entry of the cache."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key in this process. `private` is None once it may not sign."""

    kid: str
    use: KeyUse
    alg: str
    region: str
    state: KeyState
    public: PublicKeyTypes
    private: PrivateKeyTypes | None


@dataclass(frozen=True, slots=True)
class Keys:
    """Every key that is not revoked, as of one read."""

    all: tuple[SigningKey, ...]

    def active(self, use: KeyUse, *, alg: str | None = None, region: str = "") -> SigningKey:
        """The key that signs for this use now. Raises: LookupError when there is none."""
        for key in self.all:
            if (
                key.use is use
                and key.state is KeyState.ACTIVE
                and key.region == region
                and alg in (None, key.alg)
            ):
                return key
        raise LookupError(f"no active {use} key, alg {alg}, region {region or '-'}: run `minzhengtong seed`")

    def of(self, use: KeyUse) -> tuple[SigningKey, ...]:
        """Every published key of a use, for verifying and for key sets."""
        return tuple(key for key in self.all if key.use is use)


class KeyRing:
    """The keys of one process: files are parsed once, states are read again every `REFRESH_SECONDS`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._secrets: dict[str, bytes] = {}
        self._private: dict[str, PrivateKeyTypes] = {}
        self._public: dict[bytes, PublicKeyTypes] = {}
        self._keys = Keys(())
        self._states: tuple[tuple[str, str], ...] = ()
        self._fresh: TTLCache[str, Keys] = TTLCache(maxsize=1, ttl=REFRESH_SECONDS)
        self._lock = Lock()

    def current(self, conn: Connection) -> Keys:
        """The keys now; the same object as long as no state changed."""
        return self.fresh or self.refresh(conn)

    @property
    def fresh(self) -> Keys | None:
        """The keys now, or None when the database has to be read."""
        with self._lock:
            return self._fresh.get(_KEYS)

    def refresh(self, conn: Connection) -> Keys:
        """Read the states now, even if the cached ones are fresh."""
        rows = conn.execute(select(signing_key).where(signing_key.c.state != KeyState.REVOKED)).all()
        states = tuple(sorted((row.kid, row.state) for row in rows))
        with self._lock:
            if states != self._states:
                self._keys, self._states = Keys(tuple(self._load(row) for row in rows)), states
            self._fresh[_KEYS] = self._keys
            return self._keys

    def add(self, conn: Connection, key: PrivateKeyTypes, now: datetime, **row: str | datetime) -> None:
        """Write a new key's file, then its row; `row` holds kid, use, alg, region, state, and perhaps due_at.

        The caller commits. If the transaction fails, the file is left without a row and is never used.
        """
        _write_new(self._folder / f"{row['kid']}.pem", _pem(key))
        values = {**row, "public_der": _der(key.public_key()), "created_at": now}
        conn.execute(signing_key.insert().values(**values))
        with self._lock:
            self._fresh.clear()

    def destroy(self, kid: str) -> None:
        """Delete the file of a key that will never sign again."""
        (self._folder / f"{kid}.pem").unlink(missing_ok=True)

    def secret(self, name: str) -> bytes:
        """The 32-byte secret of this name, read once.

        Raises: FileNotFoundError before `make_secret`, OSError when the file has another length.
        """
        if name not in self._secrets:
            path = self._folder / f"{name}.secret"
            secret = path.read_bytes()
            if len(secret) != SECRET_BYTES:
                raise OSError(f"{path} has {len(secret)} bytes, not the {SECRET_BYTES} of a secret")
            self._secrets[name] = secret
        return self._secrets[name]

    def make_secret(self, name: str) -> None:
        """Make the secret of this name, once."""
        path = self._folder / f"{name}.secret"
        if not path.exists():
            _write_new(path, secrets.token_bytes(SECRET_BYTES))

    def _load(self, row: Any) -> SigningKey:
        signs = row.state in (KeyState.NEXT, KeyState.ACTIVE)
        if row.public_der not in self._public:
            self._public[row.public_der] = serialization.load_der_public_key(row.public_der)
        if signs and row.kid not in self._private:
            self._private[row.kid] = self._read_private(row)
        return SigningKey(
            row.kid,
            KeyUse(row.use),
            row.alg,
            row.region,
            KeyState(row.state),
            self._public[row.public_der],
            self._private[row.kid] if signs else None,
        )

    def _read_private(self, row: Any) -> PrivateKeyTypes:
        """The private key of a row. Raises: OSError when its file is missing or holds anything else."""
        path = self._folder / f"{row.kid}.pem"
        try:
            # We wrote this file: without OpenSSL's prime check an RSA key is read in 0.01 ms, not 37.8.
            key = serialization.load_pem_private_key(
                path.read_bytes(), None, unsafe_skip_rsa_key_validation=True
            )
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:  # TypeError: it wants a password
            raise OSError(f"{path} holds no private key") from error
        if _der(key.public_key()) != row.public_der:
            raise OSError(f"{path} holds the private key of another one")
        return key


def _write_new(path: Path, data: bytes) -> None:
    """Make a file of mode 0600 that is whole or absent after a crash. Raises: FileExistsError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=".") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
        os.link(file.name, path)


def _pem(key: PrivateKeyTypes) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _der(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
