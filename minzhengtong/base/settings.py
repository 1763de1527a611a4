"""Settings: the only place that reads the environment. One row each: name, default, sentence."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from minzhengtong.base.errors import InvalidInput

TABLE: tuple[tuple[str, str, str], ...] = (
    ("MZT_BIND", "127.0.0.1", "Address the server listens on."),
    ("MZT_PORT", "8000", "Port the server listens on."),
    ("MZT_PUBLIC_URL", "http://localhost:{port}", "The platform's own URL: issuer, API and pages."),
    ("MZT_MINIAPP_URL", "http://{slug}.localhost:{port}", "URL of a hosted mini-app; must contain {slug}."),
    ("MZT_MINIAPP_DIRS", "", "More folders of hosted mini-apps, separated by the system's path separator."),
    ("MZT_VAR_DIR", "var", "Folder of database, keys and app stores."),
    ("MZT_DATABASE_URL", "", "SQLAlchemy URL of the database; empty means SQLite in the var folder."),
    ("MZT_SQLITE_SYNC", "NORMAL", "NORMAL or FULL: NORMAL may lose the last commits on power loss."),
    ("MZT_DEMO", "on", "on or off: one-click personas on the login page; refused when not on loopback."),
    ("MZT_WEB_PROCESSES", "2", "Number of web processes."),
    ("MZT_WEB_THREADS", "4", "Threads of each web process."),
)


class SettingRefused(InvalidInput):
    """A setting is unknown or has a value that cannot be used; the start stops here."""

    code = "setting_refused"


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, read and checked once. Rows and meanings: `TABLE`."""

    bind: str
    port: int
    public_url: str
    miniapp_url: str
    miniapp_dirs: tuple[Path, ...]
    var_dir: Path
    database_url: str
    sqlite_sync: str
    demo: bool
    web_processes: int
    web_threads: int

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Read every `MZT_` name. Raises: SettingRefused."""
        unknown = sorted(name for name in environ if name.startswith("MZT_") and name not in _NAMES)
        if unknown:
            raise SettingRefused("only names of docs/settings.md", unknown[0], "remove or correct the name")
        values = {name: environ.get(name) or default for name, default, _ in TABLE}
        port = _integer("MZT_PORT", values, 1, 65535)
        var_dir = Path(values["MZT_VAR_DIR"]).resolve()
        settings = cls(
            bind=values["MZT_BIND"],
            port=port,
            public_url=values["MZT_PUBLIC_URL"].replace("{port}", str(port)).rstrip("/"),
            miniapp_url=values["MZT_MINIAPP_URL"].replace("{port}", str(port)).rstrip("/"),
            miniapp_dirs=tuple(Path(p).resolve() for p in values["MZT_MINIAPP_DIRS"].split(os.pathsep) if p),
            var_dir=var_dir,
            database_url=values["MZT_DATABASE_URL"] or f"sqlite:///{var_dir / 'minzhengtong.db'}",
            sqlite_sync=_choice("MZT_SQLITE_SYNC", values, ("NORMAL", "FULL")),
            demo=_choice("MZT_DEMO", values, ("on", "off")) == "on",
            web_processes=_integer("MZT_WEB_PROCESSES", values, 1, 64),
            web_threads=_integer("MZT_WEB_THREADS", values, 1, 64),
        )
        settings._check()
        return settings

    def app_url(self, slug: str) -> str:
        """The origin of the hosted mini-app `slug`."""
        return self.miniapp_url.replace("{slug}", slug)

    def _check(self) -> None:
        try:
            public = urlsplit(self.public_url)
        except ValueError as error:
            raise SettingRefused("MZT_PUBLIC_URL to be a URL", self.public_url) from error
        if public.scheme not in ("http", "https") or not public.hostname or public.path:
            raise SettingRefused("MZT_PUBLIC_URL like http://localhost:8000", self.public_url)
        if "{slug}" not in self.miniapp_url:
            raise SettingRefused("MZT_MINIAPP_URL with {slug} in it", self.miniapp_url)
        if self.demo and not (_is_loopback(self.bind) and _is_loopback(public.hostname)):
            raise SettingRefused("MZT_DEMO=off when not on loopback", f"{self.bind}, {self.public_url}")


_NAMES = frozenset(name for name, _, _ in TABLE)


def _integer(name: str, values: Mapping[str, str], low: int, high: int) -> int:
    text = values[name]
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise SettingRefused(f"{name} between {low} and {high}", text)
    return int(text)


def _choice(name: str, values: Mapping[str, str], allowed: tuple[str, ...]) -> str:
    if values[name] not in allowed:
        raise SettingRefused(f"{name} to be one of {', '.join(allowed)}", values[name])
    return values[name]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
