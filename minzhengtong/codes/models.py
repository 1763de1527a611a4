"""Tables of issued codes and their holders.

A code is spent by raising its holder's `spent_seq` to the code's `seq`. One conditional UPDATE spends the
code once, retires every older code of the citizen, and does nothing while the holder is frozen.
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
    Column("freezes", Integer, nullable=False, server_default="0"),  # so far: each ends every open scan
    Column("frozen_by", String),  # holder | platform: a holder cannot lift a freeze by the platform
    Column("last_use", String),  # the id of the last scan of a code of this holder, refused ones too
)

issued_code = Table(
    "issued_code",
    metadata,
    Column("cti", LargeBinary, primary_key=True),  # 8 random bytes, in format A
    Column("digits", String, nullable=False, unique=True),  # format A0: the same code for digit scanners
    Column("person_id", String, ForeignKey("code_holder.person_id"), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("scope", Integer, nullable=False),
    Column("issued_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Index("ix_issued_code_expires_at", "expires_at"),
)
