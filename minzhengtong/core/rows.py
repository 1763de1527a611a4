"""Column shapes that several rooms' tables share."""

from sqlalchemy import BigInteger, Integer

BigSerial = BigInteger().with_variant(Integer, "sqlite")
"""A counting primary key: SQLite counts only on INTEGER."""
