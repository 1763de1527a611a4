"""The samples in deploy/ name settings, commands and files that exist."""

import re
from pathlib import Path

import pytest

from minzhengtong.base.settings import Settings
from minzhengtong.run.cli import main
from minzhengtong.web.kit.body import LARGEST_BYTES

ROOT = Path(__file__).parents[2]
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))


def test_the_settings_of_the_sample_are_accepted() -> None:
    text = (ROOT / "deploy" / "minzhengtong.env").read_text("utf-8")
    settings = Settings.from_env(dict(re.findall(r"^(\w+)=(.*)$", text, re.M)))
    assert settings.app_url("transit") == "https://transit.mzt.example.test"
    assert not settings.demo


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_commands_that_exist(unit: Path) -> None:
    commands = re.findall(r"^ExecStart\w*=/opt/minzhengtong/bin/minzhengtong (\w+)$", unit.read_text(), re.M)
    assert commands
    assert set(commands) <= set(main.MODULES)


def test_the_container_copies_all_that_the_wheel_is_built_from() -> None:
    copied = set(re.findall(r"^COPY (.+) /src", (ROOT / "deploy" / "Containerfile").read_text(), re.M))
    assert {"minzhengtong", "miniapps", "static", "templates", "pyproject.toml README.md"} <= copied
    for line in copied:
        for name in line.split():
            assert (ROOT / name).exists()


def test_nginx_takes_the_largest_picture() -> None:
    size = re.search(r"client_max_body_size (\d+)m;", (ROOT / "deploy" / "nginx.conf").read_text())
    assert size
    assert int(size[1]) * 1024 * 1024 == LARGEST_BYTES


def test_every_command_of_the_operations_page_exists() -> None:
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    named = re.findall(r"^(?:MZT_\w+=\S+ )?\.venv/bin/minzhengtong (\w+)", page, re.M)
    assert {"backup", "restore", "migrate", "keys", "audit"} <= set(named) <= set(main.MODULES)


def test_every_revision_is_in_the_operations_page() -> None:
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    versions = ROOT / "minzhengtong" / "run" / "migrations" / "versions"
    assert {path.name[:4] for path in versions.glob("0*.py")} == set(
        re.findall(r"^\| (\d{4}) \|", page, re.M)
    )
