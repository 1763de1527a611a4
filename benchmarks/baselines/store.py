"""SQLite at its barest: a connection kept by each thread, durable as ours, one commit for each write."""

import sqlite3
import threading
from typing import Any

from flask import abort

Statement = tuple[str, tuple[Any, ...]]


class Store:
    """A new SQLite file with these tables."""

    def __init__(self, database: str, tables: str) -> None:
        self._database, self._local = database, threading.local()
        with sqlite3.connect(database) as conn:
            conn.executescript("PRAGMA journal_mode=WAL;" + tables)

    def one(self, query: str, *values: Any) -> Any:
        """The row that a query finds; 400 when there is none."""
        return self._connection().execute(query, values).fetchone() or abort(400)

    def write(self, *statements: Statement) -> None:
        """Do these, each of which must change one row, in one transaction."""
        conn = self._connection()
        conn.execute("BEGIN IMMEDIATE")
        for statement, values in statements:
            if conn.execute(statement, values).rowcount != 1:
                conn.execute("ROLLBACK")
                abort(400)
        conn.execute("COMMIT")

    def _connection(self) -> sqlite3.Connection:
        if not hasattr(self._local, "conn"):
            self._local.conn = sqlite3.connect(self._database, isolation_level=None, timeout=10)
            self._local.conn.execute("PRAGMA synchronous=NORMAL")
        conn: sqlite3.Connection = self._local.conn
        return conn
