"""Tables of people, their roles and login sessions."""

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
)

from minzhengtong.db.columns import JsonColumn, UtcDateTime, metadata

person = Table(
    "person",
    metadata,
    Column("id", String, primary_key=True),
    Column("persona", String, unique=True),  # key of a demo persona, or null
    Column("name", String, nullable=False),
    Column("name_en", String, nullable=False),
    Column("id_number", String, nullable=False, unique=True),  # GB 11643
    Column("phone", String, unique=True),
    Column("born", Date, nullable=False),
    Column("sex", String, nullable=False),  # "F" or "M"
    Column("home", String, nullable=False),  # division code, GB/T 2260
    Column("level", Integer, nullable=False),  # 实名等级 0-4
    Column("password_hash", String),
    Column("created_at", UtcDateTime, nullable=False),
)

person_role = Table(
    "person_role",
    metadata,
    Column("person_id", String, ForeignKey("person.id"), nullable=False),
    Column("role", String, nullable=False),
    Column("department", String, nullable=False),
    PrimaryKeyConstraint("person_id", "role"),
)

login_session = Table(
    "login_session",
    metadata,
    Column("id_digest", String, primary_key=True),  # SHA-256 of the id in the cookie
    Column("person_id", String, ForeignKey("person.id"), nullable=False),
    Column("sid_secret", LargeBinary, nullable=False),  # per-client sid = HMAC of this
    Column("auth_time", UtcDateTime, nullable=False),
    Column("acr", String, nullable=False),
    Column("amr", JsonColumn, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("ended_why", String),
)

login_failure = Table(
    "login_failure",
    metadata,
    Column("id", String, primary_key=True),
    Column("phone_digest", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_login_failure_phone_digest_at", "phone_digest", "at"),
)
