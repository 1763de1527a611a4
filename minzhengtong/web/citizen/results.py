"""What the code page says about the last use of the code."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from minzhengtong.codes.issue import REFRESH_SECONDS
from minzhengtong.scans.history import latest_of
from minzhengtong.scans.outcome import Scan
from minzhengtong.web.citizen.uses import place_name
from minzhengtong.web.citizen.words.certificates import certificate_line, predicate_line
from minzhengtong.web.kit.filters import app_text
from minzhengtong.web.kit.words import REASONS, VERDICTS

SHOWN_FOR = timedelta(seconds=10)
"""How long a result is shown, counted from the scan or payment, so that an older one proves no ride."""
SHOWN_AFTER_RELOAD_FOR = timedelta(seconds=REFRESH_SECONDS) + SHOWN_FOR
"""The same without JavaScript: the page sees a scan at its next reload only, and then shows it for 10 s."""


@dataclass(frozen=True, slots=True)
class Result:
    """One scan in words for its citizen."""

    mark: str
    verdict: str
    word: str
    place: str
    at: datetime
    lines: tuple[str, ...]
    amount_fen: int | None
    payment_id: str | None


def last_scan(
    conn: Connection, now: datetime, person_id: str, shown_for: timedelta = SHOWN_FOR
) -> Scan | None:
    """The citizen's newest scan if it, or its payment, is younger than `shown_for`: one indexed read."""
    scan = latest_of(conn, person_id)
    return scan if scan and now - _changed_at(scan) < shown_for else None


def seconds_left(now: datetime, scan: Scan) -> int:
    """How long the result of this scan may still be shown."""
    return max(1, round((SHOWN_FOR - (now - _changed_at(scan))).total_seconds()))


def _changed_at(scan: Scan) -> datetime:
    return scan.items.payment.created_at if scan.items.payment else scan.scanned_at


def mark_of(scan: Scan | None) -> str:
    """A text that changes with every scan, and with every payment or certificate in it."""
    if scan is None:
        return ""
    items = scan.items
    done = len(items.certificates) + len(items.predicates) + (items.payment is not None)
    return f"{scan.id}.{scan.verdict}.{done}"


def result_of(conn: Connection, scan: Scan) -> Result:
    """The words for a scan: what was shown and paid, or why not."""
    payment = scan.items.payment
    return Result(
        mark=mark_of(scan),
        verdict=scan.verdict,
        word=str(VERDICTS[scan.verdict]),
        place=place_name(conn, scan.terminal_id),
        at=_changed_at(scan),
        lines=tuple(_lines(scan)),
        amount_fen=payment.amount_fen if payment else None,
        payment_id=payment.id if payment else None,
    )


def _lines(scan: Scan) -> list[str]:
    items = scan.items
    lines = [str(REASONS[scan.reason])] if scan.reason else []
    lines += [certificate_line(shown.type, shown.claim_names) for shown in items.certificates]
    lines += [predicate_line(asked.type, asked.answer) for asked in items.predicates]
    if paid := items.payment:
        lines.append(app_text(paid.subject, paid.subject_en))
        lines += [app_text(paid.reason, paid.reason_en)] if paid.reason else []
    return lines
