"""A scan's session: for two minutes its terminal may ask for more, with one transaction for each call."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from minzhengtong.access.consent import consent_ended_since
from minzhengtong.audit.log import record_entries
from minzhengtong.base.errors import Conflict
from minzhengtong.codes.cose import CLOCK_SKEW_S
from minzhengtong.codes.holder import hold_unfrozen
from minzhengtong.codes.reasons import Reason
from minzhengtong.registry.terminals import Terminal
from minzhengtong.scans.fulfil import Use, fulfil, note_of_verdict, notes_of
from minzhengtong.scans.outcome import Refusal, Scan, StepName
from minzhengtong.scans.store import scan_by_id, update_scan
from minzhengtong.wants.wants import PayWant, Want

_SKEW = timedelta(seconds=CLOCK_SKEW_S)
_ISO = "%Y-%m-%dT%H:%M:%SZ"


class SessionClosed(Conflict):
    """The scan was refused, its two minutes are over, or the citizen took back her consent to the app."""

    code = "session_closed"
    title = "The scan's session is over"


class AlreadyDone(Conflict):
    """The scan holds this certificate, this answer or a payment already."""

    code = "already_done"
    title = "The scan did this already"


def open_session(conn: Connection, now: datetime, app_id: str, scan_id: str) -> Scan:
    """The app's scan with its session open, locked until the caller commits.

    Raises: ScanUnknown, SessionClosed.
    """
    found = scan_by_id(conn, app_id, scan_id, lock=True)
    ends_at = found.session_ends_at
    if ends_at is None:
        raise SessionClosed("a scan that passed", f"a scan refused for {found.reason}", "scan the next code")
    if not found.scanned_at - _SKEW <= now < ends_at:  # before: the clock was set back, as for a code
        received = f"a session from {found.scanned_at:{_ISO}} to {ends_at:{_ISO}}"
        raise SessionClosed(f"a session open at {now:{_ISO}}", received, "scan the next code")
    return found


def go_on(
    conn: Connection, now: datetime, found: Scan, terminal: Terminal, want: Want, *, idempotency_key: str
) -> Scan:
    """Fulfil one more want within an open session; a refusal ends the session and the scan.

    The caller commits. Raises: AlreadyDone, SessionClosed.
    """
    _check_new(found, want)
    use = Use(found.id, found.person_id or "", found.scope, terminal, idempotency_key)
    step: StepName = "money" if isinstance(want, PayWant) else "certificate"
    result = _stopped(conn, found, step) or fulfil(conn, now, use, [want])
    if isinstance(result, Refusal):
        made = found.refused_by(result)
        notes = [note_of_verdict(now, terminal, made)]
    else:
        made = found.reached(step).with_done(result)
        notes = notes_of(now, use, result)
    update_scan(conn, made)
    record_entries(conn, notes)
    return made


def _stopped(conn: Connection, found: Scan, step: StepName) -> Refusal | None:
    """The refusal if the citizen stopped the session; what she could stop it by is locked till the commit.

    Freezing stops it for good, also if she unfreezes her code in time. Raises: SessionClosed after she took
    back her consent to this app.
    """
    person_id = found.person_id or ""
    if consent_ended_since(conn, person_id, found.app_id, found.scanned_at):
        raise SessionClosed("a session with the citizen's consent", "a consent taken back since the scan")
    if hold_unfrozen(conn, person_id, found.items.freezes):
        return None
    expected, received = "an account not frozen since the scan", "an account frozen since the scan"
    return Refusal(step, Reason.ACCOUNT_FROZEN, expected, received)


def _check_new(found: Scan, want: Want) -> None:
    items = found.items
    done = {"certificate": {shown.type for shown in items.certificates}}
    done |= {"predicate": {answered.type for answered in items.predicates}}
    if isinstance(want, PayWant):
        if items.payment:
            raise AlreadyDone("one payment in a scan", f"a second payment after {items.payment.id}")
    elif want.type in done[want.kind]:
        raise AlreadyDone(f"one {want.kind} of each type in a scan", f"{want.type} again")
