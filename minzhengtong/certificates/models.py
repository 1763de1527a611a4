"""Table of issued certificates, with the metadata of GB/T 36903."""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, String, Table

from minzhengtong.db.columns import JsonColumn, UtcDateTime, metadata

certificate = Table(
    "certificate",
    metadata,
    Column("id", String, primary_key=True),
    Column("number", String, nullable=False, unique=True),  # GB/T 36904 identifier
    Column("type", String, nullable=False),
    Column("holder_id", String, ForeignKey("person.id"), nullable=False),
    Column("state", String, nullable=False),  # issued | revoked
    Column("version", Integer, nullable=False),
    Column("claims", JsonColumn, nullable=False),
    Column("valid_until", Date),  # null: without end (长期)
    Column("issued_at", UtcDateTime, nullable=False),
    Column("state_changed_at", UtcDateTime, nullable=False),
    Index("ix_certificate_holder_id_type", "holder_id", "type"),
)
