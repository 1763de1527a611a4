"""The terminals of mini-apps: gates, tills and desks that scan codes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, or_, select, update

from minzhengtong.base.errors import Conflict, NotFound
from minzhengtong.db.upsert import insert_if_new
from minzhengtong.registry.manifest import OperatorScope, TerminalEntry, claims_within, stored_manifest
from minzhengtong.registry.models import miniapp, terminal
from minzhengtong.wants.wants import Want

_APP_BY_APP = (miniapp.c.created_at, terminal.c.app_id, terminal.c.id)
_SEARCHED = (
    terminal.c.id,
    terminal.c.name,
    terminal.c.name_en,
    miniapp.c.name,
    miniapp.c.name_en,
)


class TerminalUnknown(NotFound):
    """The app has no terminal in use with this id."""

    code = "terminal_unknown"
    title = "There is no such terminal"


class TerminalTaken(Conflict):
    """Another app has a terminal with this id already."""

    code = "terminal_taken"
    title = "The terminal belongs to another mini-app"


@dataclass(frozen=True, slots=True)
class Terminal:
    """One terminal in use. `wants` is what a scan asks for when it names nothing."""

    id: str
    app_id: str
    app_name: str
    app_name_en: str
    name: str
    name_en: str
    region: str
    kind: str
    wants: Sequence[Want]
    code_scope: str
    """The operator scope that scanning here needs."""
    operator_scopes: tuple[OperatorScope, ...]

    def claims_of(self, certificate_type: str) -> frozenset[str]:
        """The fields of a certificate type that its app's terminals may read."""
        return claims_within(self.operator_scopes, certificate_type)


def own_terminal(conn: Connection, app_id: str, terminal_id: str) -> Terminal:
    """The app's own terminal of this id. Raises: TerminalUnknown, also for another app's terminal."""
    row = conn.execute(_OWN, {"terminal_id": terminal_id, "app_id": app_id}).first()
    found = terminal_of(row) if row else None
    if found is None:
        raise TerminalUnknown(f"a terminal of {app_id}", terminal_id)
    return found


def terminal_by_id(conn: Connection, terminal_id: str) -> Terminal:
    """The terminal of this id, of any app: for the bench. Raises: TerminalUnknown."""
    row = conn.execute(_query().where(terminal.c.id == terminal_id)).first()
    found = terminal_of(row) if row else None
    if found is None:
        raise TerminalUnknown("the id of a terminal in use", terminal_id)
    return found


def all_terminals(conn: Connection) -> list[Terminal]:
    """Every terminal in use, app by app: for programs, not for pages."""
    return _terminals(conn, _query().order_by(*_APP_BY_APP))


def list_terminals(conn: Connection, *, limit: int, query: str = "") -> list[Terminal]:
    """At most `limit` terminals in use whose id or names hold every word of `query`, app by app."""
    page = _query().order_by(*_APP_BY_APP).limit(limit)
    for word in query.split():
        page = page.where(or_(*(text.icontains(word, autoescape=True) for text in _SEARCHED)))
    return _terminals(conn, page)


def terminals_by_ids(conn: Connection, terminal_ids: Iterable[str]) -> dict[str, Terminal]:
    """The terminals in use among these ids, by their ids."""
    found = _terminals(conn, _query().where(terminal.c.id.in_(set(terminal_ids))))
    return {one.id: one for one in found}


def save_terminals(conn: Connection, app_id: str, entries: Iterable[TerminalEntry]) -> None:
    """Save the terminals of an app's manifest; one that the manifest no longer has stays, out of use.

    The caller commits. Raises: TerminalTaken.
    """
    conn.execute(update(terminal).where(terminal.c.app_id == app_id).values(active=False))
    for entry in entries:
        values = {**entry.model_dump(exclude={"wants"}), "app_id": app_id, "active": True}
        if insert_if_new(conn, terminal, values):
            continue
        own = update(terminal).where(terminal.c.id == entry.id, terminal.c.app_id == app_id).values(**values)
        if conn.execute(own.returning(terminal.c.id)).first() is None:
            raise TerminalTaken("a terminal id that no other app has", entry.id)


TERMINAL_COLUMNS: tuple[ColumnElement[Any], ...] = (
    terminal.c.id,
    terminal.c.app_id,
    miniapp.c.name,
    miniapp.c.name_en,
    terminal.c.name,
    terminal.c.name_en,
    terminal.c.region,
    terminal.c.kind,
    miniapp.c.manifest,
)


def terminal_of(values: Sequence[Any]) -> Terminal | None:
    """A terminal from the values of `TERMINAL_COLUMNS`; None if its app's manifest is not valid any more."""
    *labels, document = values
    manifest = stored_manifest(document)
    entry = manifest.terminal(labels[0]) if manifest else None
    if manifest is None or entry is None:
        return None
    return Terminal(*(*labels, entry.wants, manifest.code_scope, manifest.mzt.operator_scopes))


def _terminals(conn: Connection, query: Select[Any]) -> list[Terminal]:
    return [found for row in conn.execute(query) if (found := terminal_of(row))]


def _query() -> Select[Any]:
    joined = terminal.join(miniapp, terminal.c.app_id == miniapp.c.app_id)
    return select(*TERMINAL_COLUMNS).select_from(joined).where(terminal.c.active.is_(True))


_OWN = _query().where(terminal.c.id == bindparam("terminal_id"), terminal.c.app_id == bindparam("app_id"))
