"""What the worker deletes of this room and after what time, and how long its retired keys verify."""

from datetime import timedelta

from minzhengtong.codes import signers
from minzhengtong.codes.models import issued_code
from minzhengtong.keys.models import KeyUse

SWEPT = ((issued_code.c.expires_at, timedelta(days=1)),)
VERIFIED_FOR = {KeyUse.CODE: signers.VERIFIED_FOR}
