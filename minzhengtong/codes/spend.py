"""Spends a code once.

One conditional UPDATE raises the holder's `spent_seq` to the code's `seq`: of several terminals one
succeeds, every older code of the citizen is retired, and a frozen code is not spent.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select, update

from minzhengtong.codes.cose import CLOCK_SKEW_S, CodeClaims, CodeRefused, CodeScope, CodeStep
from minzhengtong.codes.models import code_holder, issued_code
from minzhengtong.codes.reasons import Reason, Refused


@dataclass(frozen=True, slots=True)
class Spent:
    """A code that was just spent: its holder, its id, what it may be used for, how often it was frozen."""

    person_id: str
    cti: bytes
    scope: CodeScope
    freezes: int


class SpendRefused(Refused):
    """Raised when a genuine code may not be spent. `person_id` is its holder: only for the holder's log."""

    def __init__(self, reason: Reason, expected: str, received: str, person_id: str | None) -> None:
        super().__init__(reason, expected, received)
        self.args = (reason, expected, received, person_id)
        self.person_id = person_id


_SPEND = (
    update(code_holder)
    .where(
        issued_code.c.cti == bindparam("cti"),
        code_holder.c.person_id == issued_code.c.person_id,
        code_holder.c.spent_seq < issued_code.c.seq,
        code_holder.c.frozen_at.is_(None),
    )
    .values(spent_seq=issued_code.c.seq, last_use=bindparam("use_id"))
    .returning(code_holder.c.person_id, code_holder.c.freezes)
)
_REFUSED = (
    update(code_holder)
    .where(code_holder.c.person_id == bindparam("holder_id"))
    .values(last_use=bindparam("use_id"))
)
_STATE = (
    select(code_holder.c.person_id, code_holder.c.frozen_at, code_holder.c.spent_seq, issued_code.c.seq)
    .join_from(issued_code, code_holder)
    .where(issued_code.c.cti == bindparam("cti"))
)
_BY_DIGITS = select(
    issued_code.c.cti, issued_code.c.scope, issued_code.c.issued_at, issued_code.c.expires_at
).where(issued_code.c.digits == bindparam("digits"))
_SKEW = timedelta(seconds=CLOCK_SKEW_S)


def spend(conn: Connection, now: datetime, code: CodeClaims | str, use_id: str) -> Spent:
    """Spend a verified code, or one given by its 18 digits, whose time is checked here.

    Sets the holder's last use to `use_id`, also on SpendRefused with a `person_id`, which writes nothing
    else. The caller commits. Raises: CodeRefused (not_a_code, not_yet_valid, expired), SpendRefused
    (already_used, account_frozen, not_a_code).
    """
    cti, scope = _look_up(conn, now, code) if isinstance(code, str) else (code.cti, CodeScope(code.scope))
    spent = conn.execute(_SPEND, {"cti": cti, "use_id": use_id}).first()
    if spent is None:
        refused = _why_not(conn, cti)
        if refused.person_id:
            conn.execute(_REFUSED, {"holder_id": refused.person_id, "use_id": use_id})
        raise refused
    return Spent(spent.person_id, cti, scope, spent.freezes)


def _look_up(conn: Connection, now: datetime, digits: str) -> tuple[bytes, CodeScope]:
    row = conn.execute(_BY_DIGITS, {"digits": digits}).first()
    if row is None:
        expected = "the digits of a code in use"
        raise CodeRefused(Reason.NOT_A_CODE, expected, "digits of no code", CodeStep.TEXT)
    _check_time(now, row.issued_at, row.expires_at)
    return row.cti, CodeScope(row.scope)


def _check_time(now: datetime, issued_at: datetime, expires_at: datetime) -> None:
    """As the picture's text is checked, by its `iat` and `exp`."""
    if issued_at > now + _SKEW:
        expected = f"a code issued at or before {_iso(now + _SKEW)}"
        received = f"a code issued at {_iso(issued_at)}"
        raise CodeRefused(Reason.NOT_YET_VALID, expected, received, CodeStep.TIME)
    if expires_at <= now:
        expected = f"a code that expires after {_iso(now)}"
        received = f"a code that expired at {_iso(expires_at)}"
        raise CodeRefused(Reason.EXPIRED, expected, received, CodeStep.TIME)


def _iso(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _why_not(conn: Connection, cti: bytes) -> SpendRefused:
    row = conn.execute(_STATE, {"cti": cti}).first()
    if row is None:
        received = "a signed code that was never issued"
        return SpendRefused(Reason.NOT_A_CODE, "a code that was issued", received, None)
    if row.seq <= row.spent_seq:
        is_older = row.seq < row.spent_seq
        received = "a code older than one that was used" if is_older else "a code that was used before"
        return SpendRefused(Reason.ALREADY_USED, "a code that was not used", received, row.person_id)
    expected, received = "an account that is not frozen", "a frozen account"
    return SpendRefused(Reason.ACCOUNT_FROZEN, expected, received, row.person_id)
