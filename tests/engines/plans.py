"""Reads how a database would run a statement, and names the tables that it would read whole."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event

from minzhengtong.db.database import Database

Node = Mapping[str, Any]
Statements = dict[str, Any]
"""The parameters of a statement by its text; of several, the first."""

_LEADING_COLUMNS = """
    SELECT index.relname AS index, attribute.attname AS leading FROM pg_class AS index
    JOIN pg_attribute AS attribute ON attribute.attrelid = index.oid AND attribute.attnum = 1
    WHERE index.relkind = 'i'
"""
_PASS_ROWS_ON = ("LockRows", "Subquery Scan", "Result", "Nested Loop")
"""Nodes of PostgreSQL's plans that read no more of their first input than a Limit above them asks for."""


@contextmanager
def collected(db: Database) -> Iterator[Statements]:
    """Every statement that runs on `db` meanwhile."""
    seen: Statements = {}

    def note(_conn: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            seen.setdefault(statement, parameters[0] if isinstance(parameters, list) else parameters)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


def read_whole(conn: Connection, statement: str, parameters: Any, growing: frozenset[str]) -> set[str]:
    """The tables of `growing` that the statement would read from one end to the other."""
    if conn.dialect.name == "sqlite":
        plan = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
        return set(_sqlite_scans(statement, [row.detail for row in plan])) & growing
    conn.exec_driver_sql("SET enable_seqscan = off")
    plan = conn.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one()
    leading = {row[0]: row[1] for row in conn.exec_driver_sql(_LEADING_COLUMNS)}
    return set(_postgresql_scans(plan[0]["Plan"], leading)) & growing


def _sqlite_scans(statement: str, plan: list[str]) -> Iterator[str]:
    is_page = "LIMIT" in statement and "WHERE" not in statement and "TEMP B-TREE" not in " ".join(plan)
    for step in plan:
        name = re.match(r"(SCAN|SEARCH) (\w+)", step)
        is_scan = step.startswith("SCAN") or "AUTOMATIC" in step  # an index made for this one query
        if name and is_scan and not is_page:
            alias = re.search(rf"(\w+) AS {name[2]}\b", statement)
            yield alias[1] if alias else name[2]


def _postgresql_scans(node: Node, leading: Mapping[str, str], *, is_page: bool = False) -> Iterator[str]:
    is_scan = "Scan" in node["Node Type"] and "Relation Name" in node
    if is_scan and not _by_key(node, leading) and ("Filter" in node or not is_page):
        yield node["Relation Name"]
    goes_on = node["Node Type"] == "Limit" or (is_page and node["Node Type"] in _PASS_ROWS_ON)
    for child in node.get("Plans", ()):
        is_first = child["Parent Relationship"] == "Outer"
        yield from _postgresql_scans(child, leading, is_page=goes_on and is_first)


def _by_key(node: Node, leading: Mapping[str, str]) -> bool:
    """Whether a scan knows where to begin in its index: the index's first column is in the condition."""
    if "Index Name" in node:
        return re.search(rf"\b{leading[node['Index Name']]}\b", node.get("Index Cond", "")) is not None
    inner = node.get("Plans", ()) if node["Node Type"].startswith("Bitmap") else ()
    return bool(inner) and all(_by_key(child, leading) for child in inner)
