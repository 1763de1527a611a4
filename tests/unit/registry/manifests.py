"""Manifests for tests: the real ones, and copies with one thing changed."""

import json
from typing import Any

from minzhengtong.base.paths import MINIAPPS
from minzhengtong.registry.manifest import Manifest, read_manifest


def document(slug: str = "clinic") -> dict[str, Any]:
    """The JSON of a mini-app of ours, to change and read again."""
    loaded: dict[str, Any] = json.loads((MINIAPPS / slug / "manifest.json").read_bytes())
    return loaded


def manifest(slug: str = "clinic") -> Manifest:
    return read(document(slug))


def read(changed: dict[str, Any]) -> Manifest:
    return read_manifest(json.dumps(changed).encode())


def remote(origin: str = "http://127.0.0.1:9700", number: int = 1) -> dict[str, Any]:
    """A remote app with a till, at `origin`."""
    changed = document("transit")
    changed |= {"app_id": f"example.vendor.kiosk{number}", "name": "便民售货", "name_en": "Kiosk"}
    changed["mzt"] |= {
        "hosting": {"kind": "remote", "origin": origin},
        "service": {"regions": ["350200"], "audience": ["person"], "category": "retail"},
        "operator_scopes": [{"name": "code.verify:retail"}, {"name": "pay.collect"}],
        "terminals": [
            {
                "id": f"xiamen-kiosk-{number}",
                "name": "便民售货机 · 厦门",
                "name_en": "Kiosk · Xiamen",
                "region": "350200",
                "kind": "till",
                "wants": [{"kind": "pay", "amount_fen": 350, "subject": "矿泉水"}],
            }
        ],
        "oidc": {
            "redirect_uris": [f"{origin}/callback"],
            "post_logout_redirect_uris": [f"{origin}/"],
            "backchannel_logout_uri": f"{origin}/logout",
        },
    }
    return changed
