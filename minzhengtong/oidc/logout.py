"""Logging out: ends a session, revokes its tokens, puts a logout event for each client in the outbox."""

from datetime import datetime

from sqlalchemy import Connection, select

from minzhengtong.events import outbox
from minzhengtong.identity.sessions import LoginSession, end_session
from minzhengtong.keys.keyring import KeyRing
from minzhengtong.oidc.models import client_session, oauth_client
from minzhengtong.oidc.subjects import subject_of
from minzhengtong.oidc.tokens import revoke_of_session

EVENT = "logout"


def end_everywhere(
    conn: Connection, now: datetime, keyring: KeyRing, session: LoginSession, why: str
) -> bool:
    """End a login session here and, through the outbox, in every client; False when it had ended before.

    The event's payload is the sub and sid as that client knows them. Its delivery signs the logout token,
    which is valid for two minutes only. The caller commits.
    """
    if not end_session(conn, now, session.id_digest, why):
        return False
    revoke_of_session(conn, now, session.id_digest)
    query = select(client_session.c.client_id, client_session.c.sid, oauth_client.c.sector).join(oauth_client)
    reached = query.where(client_session.c.session_digest == session.id_digest)
    for row in conn.execute(reached.where(oauth_client.c.backchannel_logout_uri.is_not(None))).all():
        sub = subject_of(keyring, row.sector, session.person_id)
        outbox.put(conn, now, EVENT, row.client_id, {"sub": sub, "sid": row.sid})
    return True
