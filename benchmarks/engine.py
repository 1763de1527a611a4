"""A PostgreSQL of our own with its usual, durable settings; the tests' one gives durability up for speed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import psycopg
from psycopg.sql import SQL, Identifier

from benchmarks.processes import parent_of, tree
from tests.engines.postgresql import start


class Engine(NamedTuple):
    """A running server."""

    admin_url: str
    pid: int

    def url(self, database: str) -> str:
        return f"{self.admin_url.rpartition('/')[0]}/{database}"

    def processes(self) -> list[int]:
        return tree(self.pid)


@contextmanager
def postgresql(*databases: str) -> Iterator[Engine]:
    """A server with these empty databases; it ends with this process."""
    url = start(settings=())
    with psycopg.connect(url, autocommit=True) as conn:
        for database in databases:
            conn.execute(SQL("CREATE DATABASE {}").format(Identifier(database)))
        pid = parent_of(conn.info.backend_pid)
    yield Engine(url, pid)
