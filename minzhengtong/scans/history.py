"""A citizen's scans as her own pages read them. Shows her nothing of another person."""

from sqlalchemy import Connection, select

from minzhengtong.scans.models import scan as scan_table
from minzhengtong.scans.record import COLUMNS, Scan, scan_of_row


def latest_of(conn: Connection, person_id: str, after_id: str = "") -> Scan | None:
    """Her newest scan, if it is newer than `after_id`: one indexed read, asked once a second.

    A scan changes while its session lasts, so a page compares what it got, not ids alone.
    """
    mine = (scan_table.c.person_id == person_id, scan_table.c.id > after_id)
    row = conn.execute(select(*COLUMNS).where(*mine).order_by(scan_table.c.id.desc()).limit(1)).first()
    return scan_of_row(row) if row else None


def scans_of(conn: Connection, person_id: str, limit: int = 50) -> list[Scan]:
    """Her newest scans, passed and refused."""
    query = select(*COLUMNS).where(scan_table.c.person_id == person_id)
    return [scan_of_row(row) for row in conn.execute(query.order_by(scan_table.c.id.desc()).limit(limit))]
