"""Tables of mini-apps and their terminals."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, Text

from minzhengtong.db.columns import JsonColumn, UtcDateTime, metadata

miniapp = Table(
    "miniapp",
    metadata,
    Column("app_id", String, primary_key=True),  # reverse DNS under example.
    Column("slug", String, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("name_en", String, nullable=False),
    Column("manifest", JsonColumn, nullable=False),  # {} if it never had a valid one
    Column("hosting_kind", String, nullable=False),  # inprocess | remote
    Column("origin", String, nullable=False),
    Column("state", String, nullable=False),  # active | quarantined | suspended
    Column("state_reason", Text, nullable=False, default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("searched", Text, nullable=False, server_default=""),  # names, description, department; lower case
    Column("origin_key", String),  # host and port; null if it never had a valid manifest
    Index("uq_miniapp_origin_key", "origin_key", unique=True),
)

terminal = Table(
    "terminal",
    metadata,
    Column("id", String, primary_key=True),
    Column("app_id", String, ForeignKey("miniapp.app_id"), nullable=False),
    Column("name", String, nullable=False),
    Column("name_en", String, nullable=False),
    Column("region", String, nullable=False),
    Column("kind", String, nullable=False),  # gate | till | desk
    Column("active", Boolean, nullable=False, default=True),
    Index("ix_terminal_app_id", "app_id"),
)
