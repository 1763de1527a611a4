"""Scans name a certificate by its id, kept answers by nothing: its number may hold the ID number."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from minzhengtong.db import columns

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

PAGE = 1_000
_ROOT = "1.2.156.3005.2."  # what every number begins with (GB/T 36904)

CERTIFICATE = sa.table("certificate", sa.column("id", sa.String), sa.column("number", sa.String))
SCAN = sa.table("scan", sa.column("id", sa.String), sa.column("items", columns.JsonColumn))
KEPT = sa.table(
    "idempotency_record",
    sa.column("client_id", sa.String),
    sa.column("key", sa.String),
    sa.column("body", sa.Text),
)


def upgrade() -> None:
    ids = {row.number: row.id for row in op.get_bind().execute(sa.select(CERTIFICATE))}
    _rename_in_scans("number", "id", lambda number: ids.get(number, ""))
    _rename_in_answers("number", "handle", lambda text: "" if text.startswith(_ROOT) else text)


def downgrade() -> None:
    numbers = {row.id: row.number for row in op.get_bind().execute(sa.select(CERTIFICATE))}
    _rename_in_scans("id", "number", lambda one: numbers.get(one, ""))
    _rename_in_answers("handle", "number", str)


def _rename_in_scans(old: str, new: str, change: Callable[[str], str]) -> None:
    showing = sa.cast(SCAN.c["items"], sa.Text).like(f'%"{old}":%')
    last, page = (
        "",
        sa.select(SCAN.c.id, SCAN.c["items"].label("did")).where(showing).order_by(SCAN.c.id).limit(PAGE),
    )
    while rows := op.get_bind().execute(page.where(SCAN.c.id > last)).all():
        for row in rows:
            _rename(row.did["certificates"], old, new, change)
            op.execute(sa.update(SCAN).where(SCAN.c.id == row.id).values(items=row.did))
        last = rows[-1].id


def _rename_in_answers(old: str, new: str, change: Callable[[str], str]) -> None:
    showing = KEPT.c.body.like(f'%"{old}":%')
    for row in op.get_bind().execute(sa.select(KEPT).where(showing)).all():
        answer = json.loads(row.body)
        for certificates in _certificates(answer):
            _rename(certificates, old, new, change)
        same = sa.update(KEPT).where(KEPT.c.client_id == row.client_id, KEPT.c.key == row.key)
        op.execute(same.values(body=json.dumps(answer, ensure_ascii=False, separators=(",", ":"))))


def _certificates(answer: dict[str, Any]) -> Iterator[list[dict[str, str]]]:
    """The certificates of an answer to a terminal's app, or of one of the bench."""
    yield answer.get("certificates") or []
    yield (answer.get("scan") or {}).get("certificates") or []


def _rename(certificates: list[dict[str, str]], old: str, new: str, change: Callable[[str], str]) -> None:
    for one in certificates:
        if old in one:
            one[new] = change(one.pop(old))
