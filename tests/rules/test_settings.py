"""Settings: the documented table is the real one, and a wrong name or value stops the start."""

from pathlib import Path

import pytest
from pydantic.fields import FieldInfo

from minzhengtong.base.settings import SettingRefused, Settings
from minzhengtong.registry.oidc_client import Oidc

DOCS = Path(__file__).parents[2] / "docs" / "settings.md"
CLIENTS = DOCS.with_name("clients.md")


@pytest.mark.parametrize("field", Settings.model_fields.values(), ids=Settings.model_fields)
def test_every_setting_is_documented(field: FieldInfo) -> None:
    default = "on" if field.default is True else field.default
    row = f"| `{field.alias}` | {f'`{default}`' if default else '(empty)'} | {field.description} |"
    assert row in DOCS.read_text(encoding="utf-8")


def test_unknown_name_stops_the_start() -> None:
    with pytest.raises(SettingRefused, match="MZT_PROT"):
        Settings.from_env({"MZT_PROT": "8000"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MZT_PORT", "0"),
        ("MZT_PORT", "65536"),
        ("MZT_PORT", "٨٠٠٠"),
        ("MZT_PORT", "8000.5"),
        ("MZT_SQLITE_SYNC", "OFF"),
        ("MZT_DEMO", "yes"),
        ("MZT_PUBLIC_URL", "localhost:8000"),
        ("MZT_PUBLIC_URL", "http://localhost:8000/app"),
        ("MZT_PUBLIC_URL", "http://localhost:8000?x"),
        ("MZT_PUBLIC_URL", "http://localhost:x"),
        ("MZT_PUBLIC_URL", "http://localhost:0"),
        ("MZT_PUBLIC_URL", "http://localhost:99999"),
        ("MZT_MINIAPP_URL", "http://localhost:8437/{slug}"),
        ("MZT_MINIAPP_URL", "http://localhost:8437?{slug}"),
        ("MZT_MINIAPP_URL", "http://{slug}.localhost:x"),
        ("MZT_MINIAPP_URL", "http://{slug}.localhost:99999"),
        ("MZT_MINIAPP_URL", "http://apps.localhost:8000"),
        ("MZT_ALLOWED_NETWORKS", "10.0.0.1/8"),
        ("MZT_ALLOWED_NETWORKS", "intranet"),
        ("MZT_BIND", "0.0.0.0"),
        ("MZT_PUBLIC_URL", "https://mzt.example"),
    ],
)
def test_bad_value_stops_the_start(name: str, value: str) -> None:
    with pytest.raises(SettingRefused):
        Settings.from_env({name: value})


def test_demo_may_be_off_away_from_loopback() -> None:
    settings = Settings.from_env(
        {"MZT_BIND": "0.0.0.0", "MZT_PUBLIC_URL": "https://mzt.example", "MZT_DEMO": "off"}
    )
    assert settings.public_url == "https://mzt.example"
    assert not settings.demo


def test_a_port_moves_every_default_url() -> None:
    settings = Settings.from_env({"MZT_PORT": "8123"})
    assert settings.public_url == "http://localhost:8123"
    assert settings.app_url("transit") == "http://transit.localhost:8123"


@pytest.mark.parametrize("name", Oidc.model_fields)
def test_every_setting_of_a_client_is_documented(name: str) -> None:
    rows = [line.split("|")[1] for line in CLIENTS.read_text(encoding="utf-8").splitlines() if "|" in line]
    assert any(f"`{name}`" in row for row in rows)
