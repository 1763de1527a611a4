"""What every mini-app of ours keeps to."""

import ast
import re
from pathlib import Path

import pytest

from minzhengtong.base.paths import MINIAPPS
from minzhengtong.registry.manifest import read_manifest
from tests.world.world import World

FOLDERS = [
    folder for folder in sorted(MINIAPPS.iterdir()) if folder.is_dir() and folder.name != "__pycache__"
]
ALLOWED = {"minzhengtong.sdk", "flask", "werkzeug", "secrets"}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
class TestMiniApp:
    def test_its_python_is_short_and_imports_the_sdk_alone(self, folder: Path) -> None:
        source = (folder / "app.py").read_text("utf-8")
        assert 20 <= len(source.splitlines()) <= 60
        imported = [
            node.module or "" for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)
        ]
        assert {
            name if name.startswith("minzhengtong") else name.partition(".")[0] for name in imported
        } <= ALLOWED

    def test_its_texts_are_translated_and_none_is_left_over(self, folder: Path) -> None:
        catalogue = (folder / "i18n" / "en.json").read_text("utf-8")
        used = (folder / "app.py").read_text("utf-8")
        used += "".join(file.read_text("utf-8") for file in (folder / "templates").rglob("*.html"))
        for text in re.findall(r'^  "(.*?)": "', catalogue, re.M):
            assert f'"{text}"' in used

    def test_it_opens_for_a_citizen_on_each_of_its_pages(self, folder: Path, world: World) -> None:
        manifest = read_manifest((folder / "manifest.json").read_bytes())
        lin = world.person("lin")
        for page in manifest.pages:
            path = "" if page == "index" else page
            assert lin.open_app(f"http://{folder.name}.localhost:8000/{path}").status_code == 200
