"""The statements that run on a database during a test: each by its verb and table, and each commit."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from minzhengtong.db.database import Database

COMMIT = "COMMIT"
_UNCOUNTED = (
    "BEGIN",
    "SELECT signing_key",  # read every two seconds, whatever the request
)


@contextmanager
def watched(db: Database) -> Iterator[list[str]]:
    """The statements so far, such as `SELECT scan`, of every connection of `db`."""
    seen: list[str] = []

    def note(*args: object) -> None:
        statement = _short(str(args[2]))
        if not statement.startswith(_UNCOUNTED):
            seen.append(statement)

    def note_commit(_: object) -> None:
        seen.append(COMMIT)

    event.listen(db.engine, "before_cursor_execute", note)
    event.listen(db.engine, "commit", note_commit)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)
    event.remove(db.engine, "commit", note_commit)


def _short(statement: str) -> str:
    words = statement.replace("INTO ", "").replace("FROM ", "").split()
    return " ".join([words[0], *(word.partition(".")[0] for word in words[1:2])])
