"""An app's own SQLite file: records by kind, id and owner."""

import errno
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

BUSY_SECONDS = 10.0
_AWAY = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,  # also on a full disk, which has no space for the index of the write-ahead log
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
)
_NO_SPACE = (errno.EDQUOT, errno.ENOSPC, errno.EROFS)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS record (
  kind TEXT NOT NULL, id TEXT NOT NULL, owner TEXT NOT NULL, body TEXT NOT NULL, at REAL NOT NULL,
  PRIMARY KEY (kind, id)
);
CREATE INDEX IF NOT EXISTS record_owner ON record (kind, owner, at);
"""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of an app: `owner` is the citizen's number in this app."""

    id: str
    owner: str
    at: datetime
    body: dict[str, Any]


def is_away(error: BaseException) -> bool:
    """Whether the file cannot be used now, for lack of space or rights; False for a mistake of the app's."""
    if isinstance(error, sqlite3.OperationalError):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in _AWAY  # the low byte is the kind
    return isinstance(error, OSError) and error.errno in _NO_SPACE


class Store:
    """Opens the file for each statement: 0.1 ms, and safe in every thread and after a fork."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path, self.now = path, now
        self.create(_SCHEMA)

    def put(self, kind: str, record_id: str, *, owner: str, **body: Any) -> None:
        """Save a record; an existing one of this kind and id gets the new body and keeps its time."""
        self.execute(
            "INSERT INTO record VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body",
            *(kind, record_id, owner, json.dumps(body, ensure_ascii=False), self.now().timestamp()),
        )

    def of(self, kind: str, owner: str, *, limit: int = 20) -> list[Record]:
        """An owner's newest records of a kind."""
        query = "SELECT id, owner, at, body FROM record WHERE kind = ? AND owner = ? ORDER BY at DESC LIMIT ?"
        return [
            Record(record_id, whose, datetime.fromtimestamp(at, UTC), json.loads(body))
            for record_id, whose, at, body in self.execute(query, kind, owner, limit)
        ]

    def create(self, schema: str) -> None:
        """Run `CREATE … IF NOT EXISTS` statements."""
        with closing(self._open()) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(schema)

    def execute(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run one statement in a transaction of its own and return its rows."""
        with closing(self._open()) as connection:
            return connection.execute(statement, values).fetchall()

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)
