from datetime import datetime

from sqlalchemy import select

from minzhengtong.events.models import outbox_event
from minzhengtong.oidc.codes import issue_code
from minzhengtong.oidc.logout import end_everywhere
from minzhengtong.oidc.subjects import client_sid, subject_of
from minzhengtong.oidc.tokens import FromLogin, find_token, issue_token
from tests.unit.oidc.conftest import Provider, new_client, new_request


def test_each_client_gets_its_own_sub_and_sid(provider: Provider, now: datetime) -> None:
    session = provider.session
    with provider.db.write() as conn:
        provider.record(conn, now, new_client("silent", backchannel_logout_uri=None))
        for name in ("bus", "silent"):
            issue_code(conn, now, new_request(conn, name), session)
        login = FromLogin(session.id_digest)
        token = issue_token(conn, now, "example.test.bus", "openid", person_id="per_lin", login=login)
        assert end_everywhere(conn, now, provider.keyring, session, "logout")
        assert not end_everywhere(conn, now, provider.keyring, session, "logout")
        assert find_token(conn, now, token) is None
        events = conn.execute(select(outbox_event)).all()
    assert [(event.kind, event.client_id) for event in events] == [("logout", "example.test.bus")]
    assert events[0].payload == {
        "sub": subject_of(provider.keyring, "example.test.bus", "per_lin"),
        "sid": client_sid(session.sid_secret, "example.test.bus"),
    }
