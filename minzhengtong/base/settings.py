"""Settings: the only place that reads the environment. Each is one field: name, type, default, sentence."""

import ipaddress
import os
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from minzhengtong.base.errors import InvalidInput
from minzhengtong.base.hosts import cookie_host, is_loopback, is_origin, port_of

DRIVERS = ("sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg")
"""The databases and their drivers that are installed with the simulator."""


class SettingRefused(InvalidInput):
    """A setting is unknown or has a value that cannot be used; the start stops here."""

    code = "setting_refused"
    title = "A setting cannot be used"


def _folders(value: object) -> object:
    return [part for part in value.split(os.pathsep) if part] if isinstance(value, str) else value


def _networks(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in value.split(",") if part)
    except ValueError as error:
        raise PydanticCustomError("networks", "Input should be networks like 10.0.0.0/8") from error


def _check_database(url: str) -> None:
    """Check that a URL names PostgreSQL or a file of SQLite. Raises: SettingRefused, without the password."""
    expected = "MZT_DATABASE_URL like postgresql://user@host/name or sqlite:////folder/file.db"
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise SettingRefused(expected, "a text that is no URL") from error
    in_file = parsed.database not in (None, "", ":memory:")
    if parsed.drivername not in DRIVERS or (parsed.get_backend_name() == "sqlite" and not in_file):
        raise SettingRefused(expected, parsed.render_as_string(hide_password=True))


def _on_or_off(value: object) -> bool:
    if value not in ("on", "off", True, False):
        raise PydanticCustomError("on_or_off", "Input should be on or off")
    return value in ("on", True)


Folder = Annotated[Path, AfterValidator(Path.resolve)]
Network = IPv4Network | IPv6Network
Switch = Annotated[bool, BeforeValidator(_on_or_off)]


class Settings(BaseModel):
    """All settings, read and checked once. The field `port` is `MZT_PORT` in the environment."""

    model_config = ConfigDict(
        frozen=True,
        validate_default=True,
        use_attribute_docstrings=True,
        alias_generator=lambda field: f"MZT_{field.upper()}",
    )

    bind: str = "127.0.0.1"
    """Address the server listens on."""
    port: int = Field(8000, ge=1, le=65535)
    """Port the server listens on."""
    public_url: str = "http://localhost:{port}"
    """The platform's own URL: issuer, API and pages."""
    miniapp_url: str = "http://{slug}.localhost:{port}"
    """URL of a hosted mini-app; must contain {slug}."""
    miniapp_dirs: Annotated[tuple[Folder, ...], BeforeValidator(_folders)] = ()
    """More folders of hosted mini-apps, separated by the system's path separator."""
    var_dir: Folder = Path("var")
    """Folder of database, keys and app stores."""
    database_url: str = ""
    """SQLAlchemy URL of the database; empty means SQLite in the var folder."""
    sqlite_sync: Literal["NORMAL", "FULL"] = "NORMAL"
    """NORMAL or FULL: NORMAL may lose the last commits on power loss."""
    demo: Switch = True
    """on or off: one-click personas on the login page; refused when not on loopback."""
    allowed_networks: Annotated[tuple[Network, ...], BeforeValidator(_networks)] = ()
    """Private networks that events and logouts may be sent to, separated by commas."""
    web_processes: int = Field(2, ge=1, le=64)
    """Number of web processes."""
    web_threads: int = Field(4, ge=1, le=64)
    """Threads of each web process."""
    unfinished_logins_per_address: int = Field(5_000, ge=1)
    """Authorization requests from one address that may wait for a login or a consent at once."""
    unfinished_logins: int = Field(20_000, ge=1)
    """The same from all addresses together; a request waits ten minutes at most."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read every `MZT_` name; an empty value means the default. Raises: SettingRefused."""
        given = {name: text for name, text in environ.items() if name.startswith("MZT_")}
        if unknown := sorted(given.keys() - {field.alias for field in cls.model_fields.values()}):
            raise SettingRefused("only names of docs/settings.md", unknown[0], "remove or correct the name")
        try:
            return cls.model_validate({name: text for name, text in given.items() if text})
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            wanted = first["msg"].removeprefix("Input should be ")
            raise SettingRefused(f"{first['loc'][0]} to be {wanted}", str(first["input"])) from error

    def app_url(self, slug: str) -> str:
        """The origin of the hosted mini-app `slug`."""
        return self.miniapp_url.replace("{slug}", slug)

    @property
    def own_ports(self) -> frozenset[int]:
        """The ports at which the platform answers: its server's, and that of its public URL."""
        return frozenset({self.port, port_of(self.public_url)})

    @field_validator("public_url", "miniapp_url")
    @classmethod
    def _with_port(cls, url: str, info: ValidationInfo) -> str:
        return url.replace("{port}", str(info.data.get("port"))).rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _or_sqlite(cls, url: str, info: ValidationInfo) -> str:
        if url:
            _check_database(url)
            return url
        file = URL.create("sqlite", database=str(info.data["var_dir"] / "minzhengtong.db"))
        return file.render_as_string()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not is_origin(self.public_url):
            raise SettingRefused("MZT_PUBLIC_URL like http://localhost:8000", self.public_url)
        if "{slug}" not in self.miniapp_url:
            raise SettingRefused("MZT_MINIAPP_URL with {slug} in it", self.miniapp_url)
        if not is_origin(self.app_url("slug")):
            raise SettingRefused("MZT_MINIAPP_URL like http://{slug}.localhost:8000", self.miniapp_url)
        if self.demo and not (is_loopback(self.bind) and is_loopback(cookie_host(self.public_url))):
            raise SettingRefused("MZT_DEMO=off when not on loopback", f"{self.bind}, {self.public_url}")
        return self
