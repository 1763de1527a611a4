"""Table of what a person allowed an app to read."""

from sqlalchemy import Column, ForeignKey, PrimaryKeyConstraint, String, Table

from minzhengtong.db.columns import JsonColumn, UtcDateTime, metadata

consent = Table(
    "consent",
    metadata,
    Column("person_id", String, ForeignKey("person.id"), nullable=False),
    Column("app_id", String, ForeignKey("miniapp.app_id"), nullable=False),
    Column("scopes", JsonColumn, nullable=False),
    Column("granted_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    PrimaryKeyConstraint("person_id", "app_id"),
)
