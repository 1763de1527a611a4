"""The registered mini-apps and their states."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, and_, select, true, update

from minzhengtong.base.errors import Conflict, NotFound
from minzhengtong.base.hosts import origin_key
from minzhengtong.base.text import storable
from minzhengtong.db.upsert import insert_if_new
from minzhengtong.registry import terminals
from minzhengtong.registry.manifest import Manifest, Owner, Permission, stored_manifest
from minzhengtong.registry.models import miniapp
from minzhengtong.registry.scopes import SETS

_OLDEST_FIRST = (miniapp.c.created_at, miniapp.c.app_id)


class AppState(StrEnum):
    """Whether an app may be opened."""

    ACTIVE = "active"
    QUARANTINED = "quarantined"  # could not be built or was refused; the reason says why
    SUSPENDED = "suspended"  # a person decided so


class AppUnknown(NotFound):
    """No app has this id or slug."""

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


class OriginTaken(Conflict):
    """The host and port belong to another app or to the platform."""

    code = "origin_taken"
    title = "The origin belongs to another mini-app or to the platform"


@dataclass(frozen=True, slots=True)
class App:
    """One registered mini-app. `manifest` is None if it has none that is valid."""

    app_id: str
    slug: str
    name: str
    name_en: str
    hosting_kind: str
    origin: str
    state: AppState
    state_reason: str
    manifest: Manifest | None

    @property
    def is_active(self) -> bool:
        return self.state is AppState.ACTIVE

    @property
    def description(self) -> str:
        return self.manifest.description if self.manifest else ""

    @property
    def description_en(self) -> str:
        return self.manifest.description_en if self.manifest else ""

    @property
    def department(self) -> str:
        return self._owner.department if self._owner else ""

    @property
    def department_en(self) -> str:
        return self._owner.department_en if self._owner else ""

    @property
    def icon_label(self) -> str:
        """What the icon shows, in a word: shown instead of an icon that the platform does not have."""
        return self.manifest.icons[0].label if self.manifest else self.name

    @property
    def permissions(self) -> tuple[Permission, ...]:
        """The scopes it asks citizens for, with its reasons, in the manifest's order."""
        return self.manifest.req_permissions if self.manifest else ()

    def reason_for(self, scope: str) -> Permission | None:
        """The permission whose reason holds for a scope: that of its own name, else that of its set."""
        sets = (name for name, members in SETS.items() if scope in members)
        named = {entry.name: entry for entry in self.permissions}
        return next((named[name] for name in (scope, *sets) if name in named), None)

    @property
    def _owner(self) -> Owner | None:
        return self.manifest.mzt.owner if self.manifest else None


def save_app(conn: Connection, now: datetime, manifest: Manifest, slug: str, origin: str) -> None:
    """Save an app with its terminals and make it active; a suspended app stays suspended.

    The caller commits. Raises: AppIdTaken, SlugTaken, OriginTaken, TerminalTaken.
    """
    _check_kind(conn, manifest)
    _check_origin(conn, manifest.app_id, origin)
    _retire_other_holder(conn, slug, manifest.app_id)
    values = {
        "slug": slug,
        "name": manifest.name,
        "name_en": manifest.name_en,
        "manifest": manifest.model_dump(mode="json", by_alias=True),
        "hosting_kind": manifest.mzt.hosting.kind,
        "origin": origin,
        "origin_key": origin_key(origin),
        "updated_at": now,
        "searched": _searched(manifest),
    }
    active = {"state": AppState.ACTIVE, "state_reason": ""}
    fresh = {"app_id": manifest.app_id, "created_at": now}
    if not insert_if_new(conn, miniapp, {**values, **active, **fresh}):
        known = update(miniapp).where(miniapp.c.app_id == manifest.app_id)
        conn.execute(known.values(**values))
        conn.execute(known.where(miniapp.c.state != AppState.SUSPENDED).values(**active))
    terminals.save_terminals(conn, manifest.app_id, manifest.mzt.terminals)


def save_fault(conn: Connection, now: datetime, slug: str, *, origin: str, reason: str) -> None:
    """Save why the app in the folder `slug` cannot run, and quarantine it. The caller commits.

    An app that was saved before keeps its name, which is on receipts and in the citizens' log. A new one gets
    an app_id of our own, since the one in its manifest may belong to another app.
    """
    fresh = {"app_id": f"invalid.{slug}", "slug": slug, "name": slug, "name_en": slug, "searched": slug}
    fresh |= {"hosting_kind": "inprocess", "origin": origin, "state": AppState.QUARANTINED}
    times = {"created_at": now, "updated_at": now}
    if not insert_if_new(conn, miniapp, {**fresh, **times, "manifest": {}, "state_reason": storable(reason)}):
        set_state(conn, now, app_by_slug(conn, slug).app_id, AppState.QUARANTINED, reason)


def set_state(conn: Connection, now: datetime, app_id: str, state: AppState, reason: str) -> None:
    """Set an app's state with its reason. The caller commits. Raises: AppUnknown."""
    statement = update(miniapp).where(miniapp.c.app_id == app_id)
    statement = statement.values(state=state, state_reason=storable(reason)[:2000], updated_at=now)
    if conn.execute(statement.returning(miniapp.c.app_id)).first() is None:
        raise AppUnknown("the id of a recorded mini-app", app_id)


def all_apps(conn: Connection) -> list[App]:
    """Every app, the oldest record first: for commands and the start, not for pages."""
    return [_app(row) for row in conn.execute(select(miniapp).order_by(*_OLDEST_FIRST))]


def list_apps(
    conn: Connection, *, limit: int, offset: int = 0, query: str = "", only_active: bool = False
) -> list[App]:
    """At most `limit` apps whose texts hold every word of `query`, the oldest record first."""
    searched = miniapp.c.searched
    wanted = and_(true(), *(searched.contains(word, autoescape=True) for word in query.lower().split()))
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
        manifest=stored_manifest(row.manifest),
    )


def _searched(manifest: Manifest) -> str:
    """The text that `list_apps` searches."""
    owner = manifest.mzt.owner
    names = (manifest.name, manifest.name_en, manifest.description, manifest.description_en)
    return " ".join((*names, owner.department, owner.department_en)).lower()


def _check_kind(conn: Connection, manifest: Manifest) -> None:
    query = select(miniapp.c.hosting_kind).where(miniapp.c.app_id == manifest.app_id)
    known = conn.execute(query).scalar()
    if known not in (None, manifest.mzt.hosting.kind):
        expected = f"an app_id that no {known} app has"
        raise AppIdTaken(expected, manifest.app_id)


def _check_origin(conn: Connection, app_id: str, origin: str) -> None:
    taken = select(miniapp.c.app_id).where(
        miniapp.c.origin_key == origin_key(origin), miniapp.c.app_id != app_id
    )
    if holder := conn.execute(taken).scalar():
        raise OriginTaken("a host and port that no other app has", f"{origin}, which is {holder}'s")


def _retire_other_holder(conn: Connection, slug: str, app_id: str) -> None:
    holder = conn.execute(select(miniapp).where(miniapp.c.slug == slug, miniapp.c.app_id != app_id)).first()
    if holder is None:
        return
    if holder.manifest:
        raise SlugTaken(f"a slug other than {slug}", f"{slug}, which is {holder.app_id}")
    conn.execute(miniapp.delete().where(miniapp.c.app_id == holder.app_id))  # only a fault was saved
