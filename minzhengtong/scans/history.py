"""A citizen's newest scan, for her own page."""

from sqlalchemy import Connection, select

from minzhengtong.codes.models import code_holder
from minzhengtong.scans.models import scan
from minzhengtong.scans.outcome import Scan
from minzhengtong.scans.store import COLUMNS, scan_of_row


def latest_of(conn: Connection, person_id: str) -> Scan | None:
    """Her newest scan. A page asks once a second, so it is found by its id, which is in her holder's row.

    A scan changes during its session, so a page must compare the whole scan, not only the id.
    """
    newest = select(*COLUMNS).join_from(code_holder, scan, scan.c.id == code_holder.c.last_use)
    row = conn.execute(newest.where(code_holder.c.person_id == person_id)).first()
    return scan_of_row(row) if row else None
