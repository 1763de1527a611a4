"""Finds mini-apps: folders with a manifest. Runs no Python of theirs, so a broken app is listed as well."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from minzhengtong.base.paths import MINIAPPS
from minzhengtong.base.settings import Settings
from minzhengtong.base.text import FileRefused, read_json, storable
from minzhengtong.registry.manifest import InProcess, Manifest, ManifestInvalid, read_manifest

MANIFEST = "manifest.json"
TEXTS = "i18n/en.json"
MAX_ICON_BYTES = 100_000

_SLUG = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
_UNSAFE_SVG = re.compile(
    rb"<script|<foreignObject|<!ENTITY|\son\w+\s*=|javascript:|href\s*=\s*[\"'](?!#)", re.I
)


@dataclass(frozen=True, slots=True)
class Found:
    """A folder with a manifest. `fault` says why its app cannot run; empty if it can."""

    slug: str
    folder: Path
    manifest: Manifest | None
    fault: str

    @property
    def app_id(self) -> str:
        return self.manifest.app_id if self.manifest else f"invalid.{self.slug}"

    @property
    def icon(self) -> Path | None:
        return self.folder / self.manifest.icons[0].src if self.manifest else None


def discover(settings: Settings) -> list[Found]:
    """Every mini-app of our own folder and of `MZT_MINIAPP_DIRS`, also those with a fault.

    Two with the same slug or app_id both have a fault, which names both folders.
    """
    found = [_read(folder) for folder in _folders((MINIAPPS, *settings.miniapp_dirs))]
    slugs, ids = Counter(app.slug for app in found), Counter(app.app_id for app in found)
    return [
        app
        if app.fault or (slugs[app.slug] == 1 and ids[app.app_id] == 1)
        else replace(app, fault=_twice(app, found))
        for app in found
    ]


def _folders(parents: Iterable[Path]) -> Iterator[Path]:
    for parent in parents:
        if parent.is_dir():
            yield from sorted(folder for folder in parent.iterdir() if (folder / MANIFEST).is_file())


def _read(folder: Path) -> Found:
    slug, manifest = storable(folder.name), None
    try:
        manifest = read_manifest((folder / MANIFEST).read_bytes())
        fault = _fault(slug, folder, manifest)
    except (ManifestInvalid, OSError) as error:
        fault = storable(str(error))
    return Found(slug, folder, manifest, fault)


def _fault(slug: str, folder: Path, manifest: Manifest) -> str:
    if not _SLUG.fullmatch(slug):
        return f"the folder's name {slug!r} cannot be part of a host name"
    if not isinstance(manifest.mzt.hosting, InProcess):
        return "a folder holds an inprocess app; add a remote one with `minzhengtong miniapp add`"
    icon = folder / manifest.icons[0].src
    if not icon.is_file() or icon.stat().st_size > MAX_ICON_BYTES:
        return f"the icon {icon.name} is missing or larger than {MAX_ICON_BYTES} bytes"
    if _UNSAFE_SVG.search(icon.read_bytes()):
        return f"the icon {icon.name} holds script or links"
    return _fault_of_texts(folder / TEXTS)


def _fault_of_texts(file: Path) -> str:
    if not file.is_file():
        return ""
    try:
        texts = read_json(file.read_bytes())
    except FileRefused as error:
        return f"{TEXTS}: {error}"
    is_fine = isinstance(texts, dict) and all(isinstance(text, str) for text in texts.values())
    return "" if is_fine else f"{TEXTS} is not a JSON object of texts"


def _twice(app: Found, found: list[Found]) -> str:
    same = [other.folder for other in found if app.slug == other.slug or app.app_id == other.app_id]
    return f"the same slug or app_id twice, so neither is loaded: {', '.join(map(str, same))}"
