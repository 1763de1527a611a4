"""Table of scans: every reading of a code by a terminal, passed or refused."""

from sqlalchemy import Column, LargeBinary, String, Table

from minzhengtong.db.columns import JsonColumn, UtcDateTime, metadata

scan = Table(
    "scan",
    metadata,
    Column("id", String, primary_key=True),
    Column("app_id", String, nullable=False),
    Column("terminal_id", String, nullable=False),
    Column("person_id", String),  # null when no code of ours was read
    Column("spent_cti", LargeBinary, unique=True),  # of the spent code: no code is used twice
    Column("verdict", String, nullable=False),  # pass | see_phone | refused
    Column("reason", String),
    Column("expected", String, nullable=False, default=""),
    Column("received", String, nullable=False, default=""),
    Column("items", JsonColumn, nullable=False),  # shown and paid: names and ids, no claim values
    Column("scanned_at", UtcDateTime, nullable=False),
    Column("session_ends_at", UtcDateTime),  # null when refused
)
