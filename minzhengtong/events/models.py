"""Table of the outbox."""

from sqlalchemy import (
    Column,
    Index,
    Integer,
    String,
    Table,
)

from minzhengtong.db.columns import JsonColumn, UtcDateTime, metadata

outbox_event = Table(
    "outbox_event",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("client_id", String, nullable=False),
    Column("payload", JsonColumn, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("due_at", UtcDateTime),  # null once delivered or given up
    Column("delivered_at", UtcDateTime),
    Column("last_error", String),
    Index("ix_outbox_event_due_at", "due_at"),
    Index("ix_outbox_event_created_at", "created_at"),
)
