"""Tables of issued codes and of who shows them.

A code is spent by moving its holder's `spent_seq` up to its own `seq`: one conditional UPDATE decides
one use, retires every older code of the citizen, and respects a freeze.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from minzhengtong.db.columns import UtcDateTime, metadata

code_holder = Table(
    "code_holder",
    metadata,
    Column("person_id", String, ForeignKey("person.id"), primary_key=True),
    Column("issued_seq", BigInteger, nullable=False),
    Column("spent_seq", BigInteger, nullable=False),
    Column("frozen_at", UtcDateTime),
    Column("frozen_by", String),  # holder | platform: the holder lifts only her own
    Column("last_use", String),  # the id of what used a code of hers last, also if it was refused
)

issued_code = Table(
    "issued_code",
    metadata,
    Column("cti", LargeBinary, primary_key=True),  # 8 random bytes, in format A
    Column(
        "digits", String, nullable=False, unique=True
    ),  # format A0, the same code for number-only scanners
    Column("person_id", String, ForeignKey("code_holder.person_id"), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("scope", Integer, nullable=False),
    Column("issued_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Index("ix_issued_code_expires_at", "expires_at"),
)
