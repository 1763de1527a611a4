"""What the worker deletes of this room and after what time, and how long its retired keys verify."""

from datetime import timedelta

from minzhengtong.keys.models import KeyUse
from minzhengtong.oidc import signing
from minzhengtong.oidc.models import access_token, authorization_code, interaction

SWEPT = (
    (interaction.c.expires_at, timedelta(0)),
    (authorization_code.c.expires_at, timedelta(days=1)),  # a code that is used again must be recognised
    (access_token.c.expires_at, timedelta(days=1)),
)
VERIFIED_FOR = {KeyUse.ID_TOKEN: signing.VERIFIED_FOR}
