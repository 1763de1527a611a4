"""The names of people, sessions and certificates for one client; no two clients can compare theirs."""

import hashlib
import hmac
from base64 import b32encode, urlsafe_b64encode
from dataclasses import dataclass

from minzhengtong.keys.keyring import KeyRing

PAIRWISE_SECRET = "pairwise"  # noqa: S105  # the name of the secret's file


def subject_of(keyring: KeyRing, sector: str, person_id: str) -> str:
    """The pairwise subject of a person for one sector (OpenID Connect Core §8.1).

    Raises: FileNotFoundError before `make_oidc_keys` has made the secret.
    """
    return _keyed_name(keyring.secret(PAIRWISE_SECRET), "sub", sector, person_id)


@dataclass(frozen=True, slots=True)
class Subjects:
    """The names of one sector. Raises: FileNotFoundError, as `subject_of`."""

    keyring: KeyRing
    sector: str

    def person(self, person_id: str) -> str:
        """The person's pairwise subject: the same as `sub` when she logs in there."""
        return subject_of(self.keyring, self.sector, person_id)

    def certificate(self, certificate_id: str) -> str:
        """The handle of a certificate: the same at every scan by this sector, and in no other."""
        return _keyed_name(self.keyring.secret(PAIRWISE_SECRET), "certificate", self.sector, certificate_id)


def username_of(sub: str) -> str:
    """A short name for the person behind a pairwise subject, such as `mzt-k3f7-q2xb-7dwa`.

    Its 60 bits are enough that, of 40 million people at one app, two have the same one in 1 of 1,400 cases.
    """
    text = b32encode(hashlib.sha256(f"username\x00{sub}".encode()).digest()).decode().lower()
    return "-".join(("mzt", text[:4], text[4:8], text[8:12]))


def client_sid(sid_secret: bytes, client_id: str) -> str:
    """The session id for one client: a shared one would link what pairwise subjects keep apart."""
    return _keyed_name(sid_secret, "sid", client_id)


def _keyed_name(secret: bytes, *parts: str) -> str:
    message = "\x00".join(("v1", *parts)).encode()
    return urlsafe_b64encode(hmac.digest(secret, message, hashlib.sha256)).rstrip(b"=").decode()
