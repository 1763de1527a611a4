"""The wheel holds everything: installed elsewhere, it serves the very pages of the checkout."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
NEEDED = (
    *("minzhengtong/_static/css/tokens.css", "minzhengtong/_static/img/icons.svg"),
    *("minzhengtong/_templates/base.html", "minzhengtong/_templates/citizen/code.html"),
    *("minzhengtong/web/citizen/translations/en/LC_MESSAGES/messages.mo", "minzhengtong/sdk/i18n/en.json"),
    *("minzhengtong/places/divisions.csv", "minzhengtong/demo/personas.json"),
    *("minzhengtong/run/migrations/env.py", "minzhengtong/run/migrations/versions/0006_tables.py"),
    *(
        "minzhengtong/sdk/templates/sdk/base.html",
        "miniapps/transit/manifest.json",
        "miniapps/transit/icon.svg",
    ),
    *("miniapps/clinic/templates/index.html", "miniapps/clinic/i18n/en.json"),
)


def build(source: Path, target: Path, kind: str) -> Path:
    """Build from a source tree with the build tools that are installed here."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(target)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    return next(target.glob("*.whl" if kind == "wheel" else "*.tar.gz"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("wheel"), "wheel")


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the wheel's content and nothing else; the dependencies are those of the tests."""
    target = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    subprocess.run([*pip, "--no-index", "--no-deps", "--target", target, wheel], check=True)
    return target


def run(folder: Path, var_dir: Path, *command: str) -> str:
    """Run Python somewhere else, with this folder first on its path."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MZT_")}
    environment = {**inherited, "PYTHONPATH": str(folder), "MZT_VAR_DIR": str(var_dir)}
    done = subprocess.run(
        [sys.executable, *command], cwd=var_dir.parent, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def pages(folder: Path, var_dir: Path) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(
        run(folder, var_dir, str(Path(__file__).with_name("pages.py")), str(var_dir))
    )
    return answer


def test_the_wheel_holds_every_kind_of_file(wheel: Path) -> None:
    with ZipFile(wheel) as opened:
        assert set(NEEDED) - set(opened.namelist()) == set()


def test_the_sdist_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    sdist = build(ROOT, tmp_path, "sdist")
    subprocess.run(["tar", "xzf", sdist.name], cwd=tmp_path, check=True)
    again = build(tmp_path / sdist.name.removesuffix(".tar.gz"), tmp_path / "wheel", "wheel")
    assert contents(again) == contents(wheel)


def contents(wheel: Path) -> dict[str, bytes]:
    with ZipFile(wheel) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_an_installed_wheel_serves_the_same_pages(installed: Path, tmp_path: Path) -> None:
    var_dir = tmp_path / "var"
    for command in ("migrate", "seed"):
        run(installed, var_dir, "-m", "minzhengtong", command)
    no_pipe, copy = shutil.ignore_patterns("*-bell"), tmp_path / "copy" / "var"
    shutil.copytree(var_dir, copy, ignore=no_pipe)  # reading pages leaves marks in the log
    here, there = pages(ROOT, copy), pages(installed, var_dir)
    assert here["package"] == str(ROOT / "minzhengtong")
    assert there["package"] == str(installed / "minzhengtong")
    assert there["pages"] == here["pages"]
    statuses = {page: facts[0] for page, facts in there["pages"].items()}
    expected = {page: 404 if page.endswith("/nowhere") else 200 for page in statuses}
    expected |= {page: 303 for page in statuses if page.endswith("transit.localhost:8000/")}
    assert statuses == expected
