"""Table of signing keys, their uses and their states."""

from enum import StrEnum

from sqlalchemy import Column, Index, LargeBinary, String, Table, text

from minzhengtong.db.columns import UtcDateTime, metadata


class KeyUse(StrEnum):
    """What a key signs."""

    ID_TOKEN = "id_token"  # noqa: S105 (the name of a use)
    CODE = "code"


class KeyState(StrEnum):
    """The state of a key."""

    NEXT = "next"  # published, does not sign yet
    ACTIVE = "active"  # signs
    RETIRED = "retired"  # verifies what it signed, signs no more
    REVOKED = "revoked"  # neither, and no longer published


signing_key = Table(
    "signing_key",
    metadata,
    Column("kid", String, primary_key=True),
    Column("use", String, nullable=False),
    Column("alg", String, nullable=False),
    Column("region", String, nullable=False),
    Column("state", String, nullable=False),
    Column("public_der", LargeBinary, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),  # when a next key signs, when a retired one ends; else null
    *(
        Index(
            f"uq_signing_key_{state}",
            *("use", "alg", "region"),
            unique=True,
            sqlite_where=text(f"state = '{state}'"),
            postgresql_where=text(f"state = '{state}'"),
        )
        for state in (KeyState.ACTIVE, KeyState.NEXT)
    ),
)
