"""What a database is asked while something runs: each statement by its verb and table, each commit."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from minzhengtong.db.database import Database

COMMIT = "COMMIT"
_INSERTED = re.compile(r"INSERT INTO (\w+)")
_UNCOUNTED = (
    "BEGIN",
    "SELECT signing_key",  # asked by the clock, every two seconds, whatever the request
)


def inserts(db: Database, *tables: str) -> list[str]:
    """The deeds of rows that were put off: one for each table, on PostgreSQL one for all."""
    return [f"INSERT {table}" for table in tables] if db.is_sqlite else [" ".join(["INSERT", *tables])]


@contextmanager
def watched(db: Database) -> Iterator[list[str]]:
    """The deeds so far, such as `SELECT scan` or `INSERT scan audit_entry`, of every connection of `db`."""
    deeds: list[str] = []

    def note(*args: object) -> None:
        deed = _deed(str(args[2]))
        if not deed.startswith(_UNCOUNTED):
            deeds.append(deed)

    def note_commit(_: object) -> None:
        deeds.append(COMMIT)

    event.listen(db.engine, "before_cursor_execute", note)
    event.listen(db.engine, "commit", note_commit)
    yield deeds
    event.remove(db.engine, "before_cursor_execute", note)
    event.remove(db.engine, "commit", note_commit)


def _deed(statement: str) -> str:
    if statement.startswith("WITH part_0"):
        return " ".join(["INSERT", *_INSERTED.findall(statement)])
    words = statement.replace("INTO ", "").replace("FROM ", "").split()
    return " ".join([words[0], *(word.partition(".")[0] for word in words[1:2])])
