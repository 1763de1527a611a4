"""A citizen's scans as her own page reads them. Shows her nothing of another person."""

from sqlalchemy import Connection, select

from minzhengtong.codes.models import code_holder
from minzhengtong.scans.models import scan
from minzhengtong.scans.outcome import Scan
from minzhengtong.scans.store import COLUMNS, scan_of_row


def latest_of(conn: Connection, person_id: str) -> Scan | None:
    """Her newest scan, whatever the clock said: asked once a second, found by its id in her holder's row.

    A scan changes while its session lasts, so a page compares what it got, not ids alone.
    """
    newest = select(*COLUMNS).join_from(code_holder, scan, scan.c.id == code_holder.c.last_use)
    row = conn.execute(newest.where(code_holder.c.person_id == person_id)).first()
    return scan_of_row(row) if row else None
