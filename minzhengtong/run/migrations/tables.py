"""Imports every room's tables, so that migrations can be compared with them."""

from minzhengtong.base.rooms import modules_named
from minzhengtong.db.columns import metadata

modules_named("models")

__all__ = ["metadata"]
