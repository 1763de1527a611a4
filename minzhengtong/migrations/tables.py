"""Every room's tables, gathered so that migrations can be compared with them."""

from minzhengtong.access import models as access
from minzhengtong.certificates import models as certificates
from minzhengtong.codes import models as codes
from minzhengtong.core import audit, idempotency, keys, outbox
from minzhengtong.core.db import metadata
from minzhengtong.identity import models as identity
from minzhengtong.oidc import models as oidc
from minzhengtong.payments import models as payments
from minzhengtong.registry import models as registry
from minzhengtong.scans import models as scans

ROOMS = (
    access,
    audit,
    certificates,
    codes,
    idempotency,
    identity,
    keys,
    oidc,
    outbox,
    payments,
    registry,
    scans,
)

__all__ = ["ROOMS", "metadata"]
