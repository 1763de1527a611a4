"""Authlib's provider lives in web, its client in sdk: the import contracts see only the whole package."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
CLIENT = ("authlib.integrations.httpx_client", "authlib.integrations.base_client", "authlib.oauth2.client")


def test_sdk_uses_only_the_client() -> None:
    assert [name for name in _authlib_in("minzhengtong/sdk") if not name.startswith(CLIENT)] == []


def test_web_uses_only_the_provider() -> None:
    assert [name for name in _authlib_in("minzhengtong/web") if name.startswith(CLIENT)] == []


def test_nobody_uses_the_deprecated_jose() -> None:
    assert [name for name in _authlib_in("minzhengtong") if name.startswith("authlib.jose")] == []


def _authlib_in(folder: str) -> Iterator[str]:
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            else:
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            yield from (name for name in names if name.startswith("authlib."))
