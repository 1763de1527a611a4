"""Writes mini-apps for tests."""

import json
from pathlib import Path
from typing import Any

from minzhengtong.base.paths import MINIAPPS


def write_app(folder: Path, slug: str, code: str, **changes: Any) -> Path:
    """Write the mini-app `slug`: a copy of transit with this code, and `changes` to its manifest."""
    home = folder / slug
    home.mkdir(parents=True)
    manifest = json.loads((MINIAPPS / "transit" / "manifest.json").read_text("utf-8"))
    manifest |= {"app_id": f"example.tests.{slug}"} | changes
    for terminal in manifest["mzt"]["terminals"]:
        terminal["id"] = f"{slug.lower().replace('_', '-')}-gate"
    (home / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    (home / "icon.svg").write_bytes((MINIAPPS / "transit" / "icon.svg").read_bytes())
    (home / "app.py").write_text(code, "utf-8")
    return folder
