from datetime import datetime, timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact
from sqlalchemy import event, update

from minzhengtong.oidc.clients import client_by_id
from minzhengtong.oidc.models import oauth_client
from minzhengtong.oidc.signing import jwks
from minzhengtong.oidc.tokens import (
    ACCESS_TOKEN_SECONDS,
    Login,
    find_token,
    issue_token,
    mint_id_token,
    revoke_of_person,
    revoke_token,
    sign_event,
)
from tests.unit.oidc.conftest import ISSUER, Provider

pytestmark = pytest.mark.engines("sqlite", "postgresql")

BUS = "example.test.bus"


def test_a_token_is_found_by_one_query_until_it_expires(provider: Provider, now: datetime) -> None:
    with provider.db.write() as conn:
        raw = issue_token(conn, now, BUS, "openid pay.collect", person_id="per_lin")
        queries: list[str] = []
        event.listen(conn, "before_cursor_execute", lambda *facts: queries.append(facts[2]))
        token = find_token(conn, now, raw)
        assert len(queries) == 1
        assert find_token(conn, now + timedelta(seconds=ACCESS_TOKEN_SECONDS), raw) is None
        assert find_token(conn, now, raw + "x") is None
    assert token is not None
    assert token.scopes == {"openid", "pay.collect"}
    assert (token.app_id, token.sector, token.person_id) == (BUS, BUS, "per_lin")


def test_tokens_end_with_client_consent_or_revocation(provider: Provider, now: datetime) -> None:
    with provider.db.write() as conn:
        one, two, own = (
            issue_token(conn, now, BUS, "openid", person_id=who) for who in ("per_lin", "per_chen", None)
        )
        revoke_of_person(conn, now, "per_lin", BUS)
        assert [bool(find_token(conn, now, raw)) for raw in (one, two, own)] == [False, True, True]
        revoke_token(conn, now, own)
        assert find_token(conn, now, own) is None
        conn.execute(update(oauth_client).values(active=False))
        assert find_token(conn, now, two) is None


@pytest.mark.parametrize("nonce", ["n", None])
def test_an_id_token_says_what_was_asked(provider: Provider, now: datetime, nonce: str | None) -> None:
    with provider.db.read() as conn:
        keys, client = provider.keyring.current(conn), client_by_id(conn, BUS)
    assert client is not None
    login = Login("sub", "sid", now - timedelta(hours=1), "urn:mzt:acr:2", ("pwd",), nonce)
    token = mint_id_token(
        keys, ISSUER, client, login, access_token="jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y", now=now
    )
    claims = jwt.decode(token, KeySet.import_key_set(jwks(keys)), ["ES256"]).claims  # type: ignore[arg-type]
    assert claims["at_hash"] == "77QmUPtjPfzWtF2AnpK9RQ"  # the example of OpenID Connect Core A.3
    assert claims["auth_time"] == int(now.timestamp()) - 3600
    assert claims.get("nonce") == nonce


def test_an_event_is_for_one_app_and_a_minute(provider: Provider, now: datetime) -> None:
    with provider.db.read() as conn:
        keys = provider.keyring.current(conn)
    token = sign_event(keys, ISSUER, BUS, "scan", {"code": "x"}, now)
    claims = jwt.decode(token, KeySet.import_key_set(jwks(keys)), ["ES256"]).claims  # type: ignore[arg-type]
    assert extract_compact(token.encode()).headers()["typ"] == "mzt-event+jwt"
    assert (claims["aud"], claims["kind"], claims["payload"]) == (BUS, "scan", {"code": "x"})
    assert claims["exp"] - claims["iat"] == 60
    assert claims["jti"]
