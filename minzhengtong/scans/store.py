"""Writes and reads scans. A row holds names, ids and amounts, never a claim's value."""

import re
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, select, update

from minzhengtong.base.errors import NotFound
from minzhengtong.codes.reasons import Reason
from minzhengtong.db.row_insert import RowInsert
from minzhengtong.scans.models import scan
from minzhengtong.scans.outcome import Items, Scan

_FORM = re.compile(r"scan_[0-9a-z]{24}")
_INSERT = RowInsert(scan)
_ITEMS = TypeAdapter(Items)
COLUMNS = [scan.c[name] for name in Scan.__dataclass_fields__]


class ScanUnknown(NotFound):
    """The app made no scan of this id."""

    code = "scan_unknown"
    title = "There is no such scan"


def save_scan(conn: Connection, made: Scan, spent_cti: bytes | None) -> None:
    """Insert a new scan. The caller commits. Raises: IntegrityError when its code was spent before."""
    _INSERT.run(conn, {**_row(made), "spent_cti": spent_cti})


def update_scan(conn: Connection, made: Scan) -> None:
    """Write the state of a scan after one more call within its session. The caller commits."""
    conn.execute(update(scan).where(scan.c.id == made.id).values(**_row(made)))


def scan_by_id(conn: Connection, app_id: str, scan_id: str, *, lock: bool = False) -> Scan:
    """The app's own scan; `lock` holds it until the caller commits. Raises: ScanUnknown."""
    query = select(*COLUMNS).where(scan.c.id == scan_id, scan.c.app_id == app_id)
    row = None
    if _FORM.fullmatch(scan_id):  # PostgreSQL refuses some texts, such as NUL
        row = conn.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise ScanUnknown("the id of a scan by this app", scan_id)
    return scan_of_row(row)


def scan_of_row(row: Row[Any]) -> Scan:
    """A scan from a row of its columns."""
    facts = dict(row._mapping)
    reason = Reason(facts["reason"]) if facts["reason"] else None
    return Scan(**{**facts, "reason": reason, "items": _ITEMS.validate_python(facts["items"])})


def _row(made: Scan) -> dict[str, Any]:
    items = _ITEMS.dump_python(made.items, mode="json")
    for certificate in items["certificates"]:
        del certificate["claims"]
    return {name: getattr(made, name) for name in Scan.__dataclass_fields__} | {"items": items}
