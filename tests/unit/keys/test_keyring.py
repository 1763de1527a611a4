"""Key files are private; the state of a key says whether it signs or verifies."""

import resource
import stat
from datetime import datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import update

from minzhengtong.db.database import Database
from minzhengtong.keys.keyring import KeyRing
from minzhengtong.keys.models import KeyState, KeyUse, signing_key

pytestmark = pytest.mark.engines("sqlite", "postgresql")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def add(
    db: Database, ring: KeyRing, now: datetime, kid: str, state: KeyState, region: str = ""
) -> Ed25519PrivateKey:
    key = Ed25519PrivateKey.generate()
    with db.write() as conn:
        ring.add(conn, key, now, kid=kid, use=KeyUse.CODE, alg="Ed25519", region=region, state=state)
    return key


def move(db: Database, kid: str, state: KeyState) -> None:
    with db.write() as conn:
        conn.execute(update(signing_key).where(signing_key.c.kid == kid).values(state=state))


def refreshed(db: Database, ring: KeyRing) -> dict[str, tuple[KeyState, bool]]:
    with db.read() as conn:
        ring.refresh(conn)
        return {key.kid: (key.state, key.private is not None) for key in ring.current(conn).all}


def test_key_files_are_for_the_owner_only(db: Database, now: datetime, folder: Path) -> None:
    ring = KeyRing(folder)
    add(db, ring, now, "k1", KeyState.ACTIVE)
    ring.make_secret("hosting")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())}
    assert modes == {"keys": 0o700, "k1.pem": 0o600, "hosting.secret": 0o600}


def test_a_key_file_is_never_overwritten(db: Database, now: datetime, folder: Path) -> None:
    ring = KeyRing(folder)
    add(db, ring, now, "k1", KeyState.ACTIVE)
    before = (folder / "k1.pem").read_bytes()
    with pytest.raises(FileExistsError):
        add(db, ring, now, "k1", KeyState.ACTIVE)
    assert (folder / "k1.pem").read_bytes() == before


def test_states_decide_what_a_key_may_do(db: Database, now: datetime, folder: Path) -> None:
    ring = KeyRing(folder)
    for state in KeyState:
        add(db, ring, now, f"k-{state}", state)
    assert refreshed(db, KeyRing(folder)) == {
        "k-next": (KeyState.NEXT, True),
        "k-active": (KeyState.ACTIVE, True),
        "k-retired": (KeyState.RETIRED, False),
    }
    move(db, "k-active", KeyState.RETIRED)
    assert refreshed(db, ring)["k-active"] == (KeyState.RETIRED, False)


def test_another_process_verifies_what_this_one_signs(db: Database, now: datetime, folder: Path) -> None:
    add(db, KeyRing(folder), now, "k1", KeyState.ACTIVE)
    here, there = KeyRing(folder), KeyRing(folder)
    with db.read() as conn:
        private = here.current(conn).active(KeyUse.CODE).private
        public = there.current(conn).of(KeyUse.CODE)[0].public
    assert isinstance(private, Ed25519PrivateKey)
    assert isinstance(public, Ed25519PublicKey)
    public.verify(private.sign(b"MZ1"), b"MZ1")


def test_the_right_one_of_several_keys_signs(db: Database, now: datetime, folder: Path) -> None:
    ring = KeyRing(folder)
    for region in ("350100", "350128"):
        add(db, ring, now, f"next-{region}", KeyState.NEXT, region)
        add(db, ring, now, f"active-{region}", KeyState.ACTIVE, region)
    with db.read() as conn:
        keys = ring.current(conn)
    assert keys.active(KeyUse.CODE, region="350128").kid == "active-350128"
    for wrong in ({"region": "350200"}, {"region": "350100", "alg": "ES256"}, {}):
        with pytest.raises(LookupError):
            keys.active(KeyUse.CODE, **wrong)
    with pytest.raises(LookupError):
        keys.active(KeyUse.ID_TOKEN, region="350100")


def test_a_private_key_is_parsed_once(db: Database, now: datetime, folder: Path) -> None:
    ring = KeyRing(folder)
    add(db, ring, now, "k1", KeyState.NEXT)
    with db.read() as conn:
        first = ring.current(conn)
        ring.refresh(conn)
        assert ring.current(conn) is first
    move(db, "k1", KeyState.ACTIVE)
    (folder / "k1.pem").unlink()
    with db.read() as conn:
        ring.refresh(conn)
        second = ring.current(conn)
    assert second is not first
    assert second.active(KeyUse.CODE).private is first.all[0].private


def test_a_file_that_is_not_the_keys_own_is_refused(db: Database, now: datetime, folder: Path) -> None:
    for kid, region in (("k1", "350100"), ("k2", "350200")):
        add(db, KeyRing(folder), now, kid, KeyState.NEXT, region)
    other = (folder / "k2.pem").read_bytes()
    for garbage, told in ((b"garbage", "no private key"), (b"", "no private key"), (other, "of another")):
        (folder / "k1.pem").write_bytes(garbage)
        with pytest.raises(OSError, match=rf"k1\.pem holds .*{told}"), db.read() as conn:
            KeyRing(folder).refresh(conn)


def test_a_secret_is_made_once(folder: Path) -> None:
    ring = KeyRing(folder)
    with pytest.raises(FileNotFoundError):
        ring.secret("hosting")
    ring.make_secret("hosting")
    secret = ring.secret("hosting")
    ring.make_secret("hosting")
    assert len(secret) == 32
    assert KeyRing(folder).secret("hosting") == secret


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_secret_of_another_length_is_refused(folder: Path, length: int) -> None:
    folder.mkdir()
    path = folder / "hosting.secret"
    path.write_bytes(b"x" * length)
    with pytest.raises(OSError, match=f"{path} has {length} bytes"):
        KeyRing(folder).secret("hosting")


def test_a_secret_that_could_not_be_written_leaves_no_file(folder: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            KeyRing(folder).make_secret("hosting")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not any(folder.iterdir())
