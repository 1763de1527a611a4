"""What the worker deletes of this room and after what time, and how long its retired keys verify.

Login sessions too, because rows of this room refer to them: these are deleted first.
"""

from datetime import timedelta

from minzhengtong.db.sweep import Sweep
from minzhengtong.identity.models import login_session
from minzhengtong.keys.models import KeyUse
from minzhengtong.oidc import signing
from minzhengtong.oidc.models import access_token, authorization_code, client_session, interaction

SESSIONS_KEPT_FOR = timedelta(days=2)
"""After a session has expired: its codes and tokens, which are kept for a day, are then gone."""

SWEPT = (
    (interaction.c.expires_at, timedelta(0)),
    (authorization_code.c.expires_at, timedelta(days=1)),  # a code that is used again must be recognised
    (access_token.c.expires_at, timedelta(days=1)),
    Sweep(login_session.c.expires_at, SESSIONS_KEPT_FOR, table=client_session),
    (login_session.c.expires_at, SESSIONS_KEPT_FOR),
)
VERIFIED_FOR = {KeyUse.ID_TOKEN: signing.VERIFIED_FOR}
