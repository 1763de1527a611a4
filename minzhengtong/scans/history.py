"""A citizen's scans as her own page reads them. Shows her nothing of another person."""

from sqlalchemy import Connection, select

from minzhengtong.scans.models import scan as scan_table
from minzhengtong.scans.record import COLUMNS, Scan, scan_of_row


def latest_of(conn: Connection, person_id: str) -> Scan | None:
    """Her newest scan: one indexed read, asked once a second.

    A scan changes while its session lasts, so a page compares what it got, not ids alone.
    """
    hers = select(*COLUMNS).where(scan_table.c.person_id == person_id)
    row = conn.execute(hers.order_by(scan_table.c.id.desc()).limit(1)).first()
    return scan_of_row(row) if row else None
