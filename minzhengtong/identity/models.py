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
    Column("email", String),
    Column("born", Date, nullable=False),
    Column("sex", String, nullable=False),  # "F" or "M"
    Column("home", String, nullable=False),  # division code, GB/T 2260
    Column("level", Integer, nullable=False),  # 实名等级 0-4
    Column("password_hash", String),
    Column("created_at", UtcDateTime, nullable=False),
    Index("uq_person_email", "email", unique=True),
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
    Index("ix_login_session_expires_at", "expires_at"),
)

login_failure = Table(
    "login_failure",
    metadata,
    Column("subject", String),  # the account, with its device if that is known; or the network address
    Column("span_seconds", Integer),  # the time for which the limit holds
    Column("person_id", String, ForeignKey("person.id")),  # null: an unknown phone number, or an address
    Column("since", UtcDateTime, nullable=False),  # the first failure counted
    Column("failures", Integer, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("subject", "span_seconds"),
    Index("ix_login_failure_person_id", "person_id"),
    Index("ix_login_failure_expires_at", "expires_at"),
)

login_device = Table(
    "login_device",
    metadata,
    Column("device_digest", String),  # SHA-256 of the secret in the cookie
    Column("person_id", String, ForeignKey("person.id")),
    Column("expires_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("device_digest", "person_id"),
    Index("ix_login_device_expires_at", "expires_at"),
)
