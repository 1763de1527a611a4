"""Issues the code that a phone shows: the text of format A and the digits below it, stored as one row."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, update

from minzhengtong.codes.cose import CodeClaims, CodeScope
from minzhengtong.codes.digits import new_digits
from minzhengtong.codes.holder import open_holder
from minzhengtong.codes.models import code_holder, issued_code
from minzhengtong.codes.signers import code_keys
from minzhengtong.db.upsert import insert_if_new
from minzhengtong.keys.keyring import Keys

LIFE_SECONDS = 60
REFRESH_SECONDS = 30
"""A phone fetches the next code at half of a code's lifetime, so that two codes overlap."""

_NEXT = (
    update(code_holder).values(issued_seq=code_holder.c.issued_seq + 1).returning(code_holder.c.issued_seq)
)


@dataclass(frozen=True, slots=True)
class ShownCode:
    """A code as the phone shows it: the text in the picture and the digits below it."""

    text: str
    digits: str


def issue_code(
    conn: Connection, now: datetime, keys: Keys, person_id: str, region: str, scope: CodeScope
) -> ShownCode:
    """Issue the person's next code, signed with the key of `region`. A frozen person gets one too.

    The caller commits. Raises: LookupError when the region has no key yet.
    """
    iat = int(now.timestamp())
    expires_at = datetime.fromtimestamp(iat + LIFE_SECONDS, UTC)
    row = {"person_id": person_id, "seq": _next_seq(conn, person_id), "scope": int(scope)}
    row |= {"issued_at": now, "expires_at": expires_at}
    cti, digits = secrets.token_bytes(8), new_digits()
    while not insert_if_new(conn, issued_code, {**row, "cti": cti, "digits": digits}):
        cti, digits = secrets.token_bytes(8), new_digits()
    claims = CodeClaims(region, iat + LIFE_SECONDS, iat, cti, int(scope))
    text = code_keys(keys).signers[region].sign(claims)
    return ShownCode(text, digits)


def _next_seq(conn: Connection, person_id: str) -> int:
    following = _NEXT.where(code_holder.c.person_id == person_id)
    seq = conn.execute(following).scalar()
    if seq is None:
        open_holder(conn, person_id)
        seq = conn.execute(following).scalar_one()
    return int(seq)
