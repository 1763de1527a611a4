"""The recorded mini-apps and their states. Says nothing of how an app is built or served."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select, true, update

from minzhengtong.base.errors import Conflict, NotFound
from minzhengtong.db.upsert import insert_if_new
from minzhengtong.registry import terminals
from minzhengtong.registry.manifest import Manifest, Permission
from minzhengtong.registry.models import miniapp

_OLDEST_FIRST = (miniapp.c.created_at, miniapp.c.app_id)


class AppState(StrEnum):
    """Whether an app may be opened."""

    ACTIVE = "active"
    QUARANTINED = "quarantined"  # could not be built or was refused; the reason says why
    SUSPENDED = "suspended"  # a person decided so


class AppUnknown(NotFound):
    """No app of this id or slug is recorded."""

    code = "app_unknown"
    title = "There is no such mini-app"


class AppIdTaken(Conflict):
    """A hosted app and a remote one cannot share an id."""

    code = "app_id_taken"
    title = "The app_id belongs to another mini-app"


class SlugTaken(Conflict):
    """Another app has this slug already."""

    code = "slug_taken"
    title = "The slug belongs to another mini-app"


@dataclass(frozen=True, slots=True)
class App:
    """One recorded mini-app. `manifest` is the JSON that was recorded, `{}` if it never had a valid one."""

    app_id: str
    slug: str
    name: str
    name_en: str
    hosting_kind: str
    origin: str
    state: AppState
    state_reason: str
    manifest: Mapping[str, Any]

    @property
    def is_active(self) -> bool:
        return self.state is AppState.ACTIVE

    @property
    def description(self) -> str:
        return str(self.manifest.get("description", ""))

    @property
    def description_en(self) -> str:
        return str(self.manifest.get("description_en", ""))

    @property
    def department(self) -> str:
        return str(self._mzt.get("owner", {}).get("department", ""))

    @property
    def department_en(self) -> str:
        return str(self._mzt.get("owner", {}).get("department_en", ""))

    @property
    def permissions(self) -> tuple[Permission, ...]:
        """What it asks citizens for, with its reasons, in the manifest's order."""
        return tuple(Permission(**entry) for entry in self.manifest.get("req_permissions", ()))

    @property
    def _mzt(self) -> Mapping[str, Any]:
        mzt: Mapping[str, Any] = self.manifest.get("mzt", {})
        return mzt


def save_app(conn: Connection, now: datetime, manifest: Manifest, slug: str, origin: str) -> None:
    """Record an app as active with its terminals, or bring its record up to date.

    A suspended app stays suspended. The caller commits. Raises: AppIdTaken, SlugTaken, TerminalTaken.
    """
    _check_kind(conn, manifest)
    _retire_other_holder(conn, slug, manifest.app_id)
    values = {
        "slug": slug,
        "name": manifest.name,
        "name_en": manifest.name_en,
        "manifest": manifest.model_dump(mode="json", by_alias=True),
        "hosting_kind": manifest.mzt.hosting.kind,
        "origin": origin,
        "updated_at": now,
    }
    active = {"state": AppState.ACTIVE, "state_reason": ""}
    fresh = {"app_id": manifest.app_id, "created_at": now}
    if not insert_if_new(conn, miniapp, {**values, **active, **fresh}):
        known = update(miniapp).where(miniapp.c.app_id == manifest.app_id)
        conn.execute(known.values(**values))
        conn.execute(known.where(miniapp.c.state != AppState.SUSPENDED).values(**active))
    terminals.save_terminals(conn, manifest.app_id, manifest.mzt.terminals)


def save_fault(conn: Connection, now: datetime, slug: str, *, origin: str, reason: str) -> None:
    """Record that the folder `slug` holds an app that cannot run, and why. The caller commits.

    What was known of this slug stays: its name on receipts and in the citizens' log. An unknown one gets
    an app_id of its own, since the one it claims may be another's.
    """
    fresh = {"app_id": f"invalid.{slug}", "slug": slug, "name": slug, "name_en": slug, "manifest": {}}
    fresh |= {"hosting_kind": "inprocess", "origin": origin, "state": AppState.QUARANTINED}
    times = {"created_at": now, "updated_at": now}
    if not insert_if_new(conn, miniapp, {**fresh, **times, "state_reason": reason}):
        set_state(conn, now, app_by_slug(conn, slug).app_id, AppState.QUARANTINED, reason)


def set_state(conn: Connection, now: datetime, app_id: str, state: AppState, reason: str) -> None:
    """Set an app's state with its reason. The caller commits. Raises: AppUnknown."""
    statement = update(miniapp).where(miniapp.c.app_id == app_id)
    statement = statement.values(state=state, state_reason=reason[:2000], updated_at=now)
    if conn.execute(statement.returning(miniapp.c.app_id)).first() is None:
        raise AppUnknown("the id of a recorded mini-app", app_id)


def all_apps(conn: Connection) -> list[App]:
    """Every app, the oldest record first: for commands and the start, not for pages."""
    return [_app(row) for row in conn.execute(select(miniapp).order_by(*_OLDEST_FIRST))]


def list_apps(
    conn: Connection, *, limit: int, offset: int = 0, query: str = "", only_active: bool = False
) -> list[App]:
    """At most `limit` apps whose texts hold every word of `query`, the oldest record first."""
    wanted = and_(true(), *(_holds(word) for word in query.split()))
    if only_active:
        wanted &= miniapp.c.state == AppState.ACTIVE
    page = select(miniapp).where(wanted).order_by(*_OLDEST_FIRST).limit(limit).offset(offset)
    return [_app(row) for row in conn.execute(page)]


def apps_by_ids(conn: Connection, app_ids: Iterable[str]) -> dict[str, App]:
    """The recorded apps among these ids, by their ids."""
    found = conn.execute(select(miniapp).where(miniapp.c.app_id.in_(set(app_ids))))
    return {row.app_id: _app(row) for row in found}


def app_by_slug(conn: Connection, slug: str) -> App:
    """The app with this slug. Raises: AppUnknown."""
    return _one(conn, miniapp.c.slug == slug, slug)


def app_by_id(conn: Connection, app_id: str) -> App:
    """The app with this id. Raises: AppUnknown."""
    return _one(conn, miniapp.c.app_id == app_id, app_id)


def _one(conn: Connection, condition: Any, received: str) -> App:
    row = conn.execute(select(miniapp).where(condition)).first()
    if row is None:
        raise AppUnknown("a recorded mini-app", received)
    return _app(row)


def _app(row: Row[Any]) -> App:
    return App(
        app_id=row.app_id,
        slug=row.slug,
        name=row.name,
        name_en=row.name_en,
        hosting_kind=row.hosting_kind,
        origin=row.origin,
        state=AppState(row.state),
        state_reason=row.state_reason,
        manifest=row.manifest,
    )


def _holds(word: str) -> ColumnElement[bool]:
    """Whether a name, the description or the department holds `word`, in upper or lower case."""
    manifest, owner = miniapp.c.manifest, ("mzt", "owner")
    texts = (
        miniapp.c.name,
        miniapp.c.name_en,
        manifest["description"].as_string(),
        manifest["description_en"].as_string(),
        manifest[(*owner, "department")].as_string(),
        manifest[(*owner, "department_en")].as_string(),
    )
    return or_(*(text.icontains(word, autoescape=True) for text in texts))


def _check_kind(conn: Connection, manifest: Manifest) -> None:
    query = select(miniapp.c.hosting_kind).where(miniapp.c.app_id == manifest.app_id)
    known = conn.execute(query).scalar()
    if known not in (None, manifest.mzt.hosting.kind):
        expected = f"an app_id that no {known} app has"
        raise AppIdTaken(expected, manifest.app_id)


def _retire_other_holder(conn: Connection, slug: str, app_id: str) -> None:
    holder = conn.execute(select(miniapp).where(miniapp.c.slug == slug, miniapp.c.app_id != app_id)).first()
    if holder is None:
        return
    if holder.manifest:
        raise SlugTaken(f"a slug other than {slug}", f"{slug}, which is {holder.app_id}")
    conn.execute(miniapp.delete().where(miniapp.c.app_id == holder.app_id))  # it only ever held a fault
