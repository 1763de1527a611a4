"""The terminals of mini-apps: gates, tills and desks that scan codes. Scans nothing itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, or_, select, update

from minzhengtong.base.errors import Conflict, NotFound
from minzhengtong.db.prepared import Prepared
from minzhengtong.db.upsert import insert_if_new
from minzhengtong.registry.manifest import TerminalEntry
from minzhengtong.registry.models import miniapp, terminal

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
    """One terminal. `wants` is what a scan asks for when it names nothing."""

    id: str
    app_id: str
    app_name: str
    app_name_en: str
    name: str
    name_en: str
    region: str
    kind: str
    wants: tuple[Mapping[str, Any], ...]
    code_scope: str
    """The operator scope that scanning here needs: `code.verify:` and the category of the app's service."""
    operator_scopes: tuple[Mapping[str, Any], ...]

    def claims_of(self, certificate_type: str) -> frozenset[str]:
        """The fields of a certificate type that its app was granted to see at its terminals."""
        wanted = f"cert.verify:{certificate_type}"
        found = (entry for entry in self.operator_scopes if entry["name"] == wanted)
        return frozenset(claim for entry in found for claim in entry["claims"])


def own_terminal(conn: Connection, app_id: str, terminal_id: str) -> Terminal:
    """The app's own terminal of this id. Raises: TerminalUnknown, also for another app's terminal."""
    row = _OWN.first(conn, {"terminal_id": terminal_id, "app_id": app_id})
    if row is None:
        raise TerminalUnknown(f"a terminal of {app_id}", terminal_id)
    return terminal_of(row)


def terminal_by_id(conn: Connection, terminal_id: str) -> Terminal:
    """The terminal of this id, whosever it is: for the bench. Raises: TerminalUnknown."""
    row = conn.execute(_query().where(terminal.c.id == terminal_id)).first()
    if row is None:
        raise TerminalUnknown("the id of a terminal in use", terminal_id)
    return terminal_of(row)


def all_terminals(conn: Connection) -> list[Terminal]:
    """Every terminal in use, app by app: for programs, not for pages."""
    return [terminal_of(row) for row in conn.execute(_query().order_by(*_APP_BY_APP))]


def list_terminals(conn: Connection, *, limit: int, query: str = "") -> list[Terminal]:
    """At most `limit` terminals in use whose id or names hold every word of `query`, app by app."""
    page = _query().order_by(*_APP_BY_APP).limit(limit)
    for word in query.split():
        page = page.where(or_(*(text.icontains(word, autoescape=True) for text in _SEARCHED)))
    return [terminal_of(row) for row in conn.execute(page)]


def terminals_by_ids(conn: Connection, terminal_ids: Iterable[str]) -> dict[str, Terminal]:
    """The terminals in use among these ids, by their ids."""
    found = conn.execute(_query().where(terminal.c.id.in_(set(terminal_ids))))
    return {one.id: one for one in map(terminal_of, found)}


def save_terminals(conn: Connection, app_id: str, entries: Iterable[TerminalEntry]) -> None:
    """Bring an app's terminals to those of its manifest; one that is gone stays, out of use.

    The caller commits. Raises: TerminalTaken.
    """
    conn.execute(update(terminal).where(terminal.c.app_id == app_id).values(active=False))
    for entry in entries:
        values = {**entry.model_dump(mode="json"), "app_id": app_id, "active": True}
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
    terminal.c.wants,
    miniapp.c.manifest["mzt", "service", "category"].as_string(),  # a scan takes only these two out of it
    miniapp.c.manifest["mzt", "operator_scopes"],
)


def terminal_of(values: Sequence[Any]) -> Terminal:
    """A terminal from the values of `TERMINAL_COLUMNS`."""
    *first, wants, category, operator_scopes = values
    return Terminal(*(*first, tuple(wants), f"code.verify:{category}", tuple(operator_scopes)))


def _query() -> Select[Any]:
    joined = terminal.join(miniapp, terminal.c.app_id == miniapp.c.app_id)
    return select(*TERMINAL_COLUMNS).select_from(joined).where(terminal.c.active.is_(True))


_OWN = Prepared(
    _query().where(terminal.c.id == bindparam("terminal_id"), terminal.c.app_id == bindparam("app_id"))
)
