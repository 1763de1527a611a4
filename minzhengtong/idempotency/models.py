"""Table of the answers stored under a key."""

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, String, Table, Text

from minzhengtong.db.columns import UtcDateTime, metadata

idempotency_record = Table(
    "idempotency_record",
    metadata,
    Column("client_id", String, nullable=False),
    Column("key", String, nullable=False),
    Column("request_digest", String, nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("client_id", "key"),
    Index("ix_idempotency_record_created_at", "created_at"),
)
