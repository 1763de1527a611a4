"""A citizen's scans as her own page reads them. Shows her nothing of another person."""

from sqlalchemy import Connection, select

from minzhengtong.codes.models import code_holder
from minzhengtong.scans.models import scan as scan_table
from minzhengtong.scans.record import COLUMNS, Scan, scan_of_row


def latest_of(conn: Connection, person_id: str) -> Scan | None:
    """Her newest scan, whatever the clock said: asked once a second, found by its id in her holder's row.

    A scan changes while its session lasts, so a page compares what it got, not ids alone.
    """
    newest = select(*COLUMNS).join_from(code_holder, scan_table, scan_table.c.id == code_holder.c.last_use)
    row = conn.execute(newest.where(code_holder.c.person_id == person_id)).first()
    return scan_of_row(row) if row else None
