"""A client keeps its algorithm on the way up; on the way down it gets what an older version can use."""

import pytest
from sqlalchemy import select, text

from minzhengtong.keys.models import KeyState, signing_key
from minzhengtong.oidc.signing import make_oidc_keys
from minzhengtong.registration.register import register_remote_app
from minzhengtong.registry.models import miniapp
from minzhengtong.run import migrations
from minzhengtong.runtime import Runtime
from tests.unit.registry.manifests import read, remote

pytestmark = pytest.mark.engines("sqlite", "postgresql")

ALGORITHM = text("SELECT id_token_signed_response_alg FROM oauth_client WHERE client_id = :id")
KEYS = select(signing_key.c.kid, signing_key.c.alg).where(
    signing_key.c.use == "id_token", signing_key.c.state == KeyState.ACTIVE
)
KIOSKS = [f"example.vendor.kiosk{number}" for number in (1, 2)]


def test_a_client_goes_down_and_up_with_its_keys(runtime: Runtime) -> None:
    with runtime.db.write() as conn:
        for number, alg in enumerate(("ES256", "EdDSA"), 1):
            app = remote(f"http://127.0.0.1:970{number}", number)
            app["mzt"]["oidc"] |= {"id_token_signed_response_alg": alg, "require_pkce": False}
            register_remote_app(conn, runtime.clock.now(), runtime.settings, read(app))
        before = {(kid, alg) for kid, alg in conn.execute(KEYS)}

        migrations.downgrade(conn, "0020")
        assert {alg for _, alg in conn.execute(KEYS)} == {"ES256", "RS256"}
        assert [conn.scalar(ALGORITHM, {"id": kiosk}) for kiosk in KIOSKS] == ["ES256", "RS256"]
        manifests = conn.scalars(select(miniapp.c.manifest).where(miniapp.c.app_id.in_(KIOSKS))).all()
        for manifest in manifests:
            assert not {"require_pkce", "jwks"} & manifest["mzt"]["oidc"].keys()
            assert manifest["mzt"]["oidc"].get("id_token_signed_response_alg", "ES256") == "ES256"

        migrations.upgrade(conn)
        assert conn.scalar(ALGORITHM, {"id": KIOSKS[0]}) == "ES256"
        make_oidc_keys(conn, runtime.keyring, runtime.clock.now())
        assert {(kid, alg) for kid, alg in conn.execute(KEYS)} == before


def test_a_restart_makes_the_keys_that_an_older_version_did_not_have(runtime: Runtime) -> None:
    with runtime.db.write() as conn:
        new = signing_key.c.alg.in_(("PS256", "EdDSA"))
        conn.execute(signing_key.delete().where(new))
        make_oidc_keys(conn, runtime.keyring, runtime.clock.now())
        assert {alg for _, alg in conn.execute(KEYS)} == {"RS256", "ES256", "PS256", "EdDSA"}
