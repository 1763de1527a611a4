"""What the provider publishes, and to which origins."""

from authlib.oidc.discovery import OpenIDProviderMetadata
from flask import Flask

from minzhengtong.oidc.discovery import metadata
from tests.web.oidc.party import ISSUER, Browser, Party

ORIGIN = {"Origin": "http://transit.localhost:8000"}


def test_discovery_is_complete_and_true(platform: Flask) -> None:
    http = platform.test_client()
    document = http.get("/.well-known/openid-configuration").json
    assert document is not None
    assert document["issuer"] == ISSUER
    paths = {rule.rule for rule in platform.url_map.iter_rules()}
    for name, url in document.items():
        if name.endswith("_endpoint") or name == "jwks_uri":
            assert url.removeprefix(ISSUER) in paths, name


def test_discovery_passes_anothers_eyes() -> None:
    OpenIDProviderMetadata(metadata("https://mzt.example")).validate()


def test_the_key_set_is_public_and_may_be_kept(platform: Flask) -> None:
    response = platform.test_client().get("/oauth/jwks")
    keys = response.json["keys"]  # type: ignore[index]
    assert {key["alg"] for key in keys} == {"RS256", "ES256", "PS256", "EdDSA"}
    assert len({key["kid"] for key in keys}) == 4
    assert not {"d", "p", "q", "dp", "dq", "qi"} & {member for key in keys for member in key}
    assert response.headers["Cache-Control"] == "public, max-age=300"


def test_browsers_of_other_origins(platform: Flask, transit: Party, lin: Browser) -> None:
    http = platform.test_client()
    for path in ("/.well-known/openid-configuration", "/oauth/jwks"):
        assert http.get(path, headers=ORIGIN).headers["Access-Control-Allow-Origin"] == "*"
    for path in ("/oauth/token", "/oauth/userinfo", "/oauth/revoke"):
        allowed = http.options(path, headers=ORIGIN).headers
        assert allowed["Access-Control-Allow-Origin"] == ORIGIN["Origin"]
        assert "Authorization" in allowed["Access-Control-Allow-Headers"]
        stranger = http.options(path, headers={"Origin": "https://evil.example"}).headers
        assert "Access-Control-Allow-Origin" not in stranger
        assert "Access-Control-Allow-Credentials" not in allowed
    for path in ("/oauth/introspect", "/oauth/logout", "/login", "/oauth/authorize"):
        assert "Access-Control-Allow-Origin" not in http.get(path, headers=ORIGIN).headers
