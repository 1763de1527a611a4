from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from minzhengtong.audit.models import audit_entry
from minzhengtong.identity.sessions import end_session
from minzhengtong.oidc.codes import claim_code, issue_code
from minzhengtong.oidc.models import authorization_code, client_session
from minzhengtong.oidc.tokens import FromLogin, find_token, issue_token
from tests.unit.oidc.conftest import Provider, new_request

pytestmark = pytest.mark.engines("sqlite", "postgresql")

BUS = "example.test.bus"


def issue(provider: Provider, now: datetime) -> str:
    with provider.db.write() as conn:
        asked = new_request(conn, nonce="n", code_challenge="c" * 43)
        return issue_code(conn, now, asked, provider.session)


def test_a_code_carries_its_login(provider: Provider, now: datetime) -> None:
    raw = issue(provider, now)
    with provider.db.write() as conn:
        code = claim_code(conn, now, raw, BUS)
    assert code is not None
    session = provider.session
    assert (code.acr, code.amr, code.auth_time) == (session.acr, session.amr, session.auth_time)
    assert (code.nonce, code.code_challenge, code.person_id) == ("n", "c" * 43, "per_lin")


def test_a_second_claim_revokes_the_family_and_is_noted(provider: Provider, now: datetime) -> None:
    raw = issue(provider, now)
    with provider.db.write() as conn:
        code = claim_code(conn, now, raw, BUS)
        assert code is not None
        login = FromLogin(family_id=code.family_id)
        token = issue_token(conn, now, BUS, "openid", person_id="per_lin", login=login)
    with provider.db.write() as conn:
        assert claim_code(conn, now, raw, BUS) is None
        assert find_token(conn, now, token) is None
    with provider.db.read() as conn:
        actions = [row.action for row in conn.execute(select(audit_entry.c.action))]
    assert "authorization_code.replayed" in actions


def test_codes_that_are_refused(provider: Provider, now: datetime) -> None:
    late, foreign, orphan = (issue(provider, now) for _ in range(3))
    with provider.db.write() as conn:
        assert claim_code(conn, now, "unknown", BUS) is None
        assert claim_code(conn, now + timedelta(seconds=60), late, BUS) is None
        assert claim_code(conn, now, foreign, "example.test.clinic") is None
        assert claim_code(conn, now, foreign, BUS) is not None
        end_session(conn, now, provider.session.id_digest, "test")
        assert claim_code(conn, now, orphan, BUS) is None


def test_neither_code_nor_token_is_stored(provider: Provider, now: datetime) -> None:
    raw = issue(provider, now)
    with provider.db.write() as conn:
        rows = [*conn.execute(select(authorization_code)), *conn.execute(select(client_session))]
    assert len(rows) == 2
    assert raw not in str(rows)
