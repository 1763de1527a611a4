"""Tables of the audit log and of its seals."""

from sqlalchemy import Column, ForeignKey, Index, String, Table

from minzhengtong.db.columns import BigSerial, JsonColumn, UtcDateTime, metadata

audit_entry = Table(
    "audit_entry",
    metadata,
    Column("id", BigSerial, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("action", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("person_id", String),
    Column("app_id", String),
    Column("terminal_id", String),
    Column("detail", JsonColumn, nullable=False),
    Index("ix_audit_entry_person_id_id", "person_id", "id"),
)


audit_seal = Table(
    "audit_seal",
    metadata,
    Column("seq", BigSerial, primary_key=True, autoincrement=False),
    Column("entry_id", BigSerial, ForeignKey("audit_entry.id"), nullable=False, unique=True),
    Column("digest", String, nullable=False),
)
