"""docs/miniapps.md: its app is taken from the page and run, its names are the SDK's and the catalogue's."""

import json
import re
from pathlib import Path

import pytest

from minzhengtong import sdk
from minzhengtong.hosting.apps import HostedApps
from minzhengtong.registry.scopes import SCOPES, scope_named
from minzhengtong.runtime import Runtime
from minzhengtong.web.platform import create_platform
from tests.miniapps.test_terminals import Terminals
from tests.unit.registry.manifests import document, read
from tests.world.world import World

PAGE = (Path(__file__).parents[2] / "docs" / "miniapps.md").read_text("utf-8")
ORIGIN = "http://library.localhost:8000"


@pytest.fixture
def world(runtime: Runtime, tmp_path: Path) -> World:
    """A simulator with the page's own app."""
    for name, text in re.findall(r"`(library/[\w./]+)`\n\n```\w+\n(.*?)```", PAGE, re.S):
        file = tmp_path / "apps" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return World.open(runtime, tmp_path / "apps")


def test_the_apps_page_and_gate_work_as_told(world: World) -> None:
    terminals = Terminals(world.runtime, HostedApps(world.runtime, create_platform(world.runtime)))
    lin = world.person("lin")
    assert "还没有入馆记录。" in lin.open_app(ORIGIN + "/").text
    english = lin.get(ORIGIN + "/", **{"Accept-Language": "en"}).text
    assert ("Lin Xiaomin" in english, "No visits yet." in english) == (True, True)
    scan, screen = terminals.scan("fuzhou-library-gate", "lin")
    assert (scan["verdict"], scan["payment"], screen) == ("pass", None, "欢迎")
    assert "2026-11-20 12:00" in lin.get(ORIGIN + "/").text


def test_every_name_of_the_sdk_is_told() -> None:
    section = PAGE.split("## What `minzhengtong.sdk` gives")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.M)) == set(sdk.__all__)
    for method in re.findall(r"`(\w+)\(", section):
        owners = (sdk.MiniApp, sdk.Scan, sdk)
        assert any(hasattr(owner, method) for owner in owners) or method in (
            "_",
            "lang",
            "money",
            "when",
            "icon",
            "asset",
        )


def test_every_scope_is_told() -> None:
    section = PAGE.split("| Scope | Reads or does |")[1].split("\n\n")[0]
    told = set(re.findall(r"`([\w.]+(?::<\w+>)?)`", section))
    assert told >= set(SCOPES)
    assert {scope_named(name).name for name in told - {"mzt.service"} if ":" in name} == {
        "code.verify:<category>",
        "cert.verify:<type>",
    }


def test_the_remote_members_are_valid() -> None:
    block = re.findall(r"```json\n(\{\n  \"hosting\".*?)```", PAGE, re.S)[0]
    changed = document("transit")
    changed["mzt"] |= json.loads(block)
    assert read(changed).mzt.oidc is not None
