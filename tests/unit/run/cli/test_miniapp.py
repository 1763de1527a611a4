"""What `miniapp add` prints: credentials on the standard output, warnings beside it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from minzhengtong.oidc.clients import client_by_id
from minzhengtong.run.cli import main
from minzhengtong.runtime import Runtime
from tests.unit.registry.manifests import remote

Add = Callable[..., Result]
KIOSK = "example.vendor.kiosk1"


@pytest.fixture
def add(runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Add:
    """Type `miniapp add` with a remote app at this origin and these settings of its client."""
    monkeypatch.setenv("MZT_VAR_DIR", str(runtime.settings.var_dir))
    monkeypatch.setenv("MZT_DATABASE_URL", runtime.settings.database_url)

    def type_it(origin: str = "https://kiosk.example", **oidc: Any) -> Result:
        manifest, path = remote(origin), tmp_path / "manifest.json"
        manifest["mzt"]["oidc"] |= oidc
        path.write_text(json.dumps(manifest))
        return CliRunner().invoke(main, ["miniapp", "add", str(path)])

    return type_it


@pytest.mark.parametrize(
    ("oidc", "secret", "warnings"),
    [
        ({}, True, []),
        ({"token_endpoint_auth_method": "client_secret_post"}, True, []),
        ({"token_endpoint_auth_method": "none"}, False, ["terminals"]),
        ({"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://a.example/k"}, False, []),
        ({"require_pkce": False}, True, ["require_pkce is false"]),
        ({"application_type": "native"}, True, ["secret in a native app"]),
    ],
)
def test_a_secret_is_shown_to_those_who_use_one(
    add: Add, oidc: dict[str, Any], secret: bool, warnings: list[str]
) -> None:
    done = add(**oidc)
    assert done.exit_code == 0, done.output
    assert ("client_secret: " in done.stdout) is secret
    first, *lines = done.stderr.splitlines()
    assert first.startswith("Keep the secret" if secret else "No secret: ")
    assert [words in line for words, line in zip(warnings, lines, strict=True)] == [True] * len(warnings)


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        ("http://localhost:9000", "the platform's session cookie"),
        ("http://127.0.0.1:9000", "all programs on 127.0.0.1"),
    ],
)
def test_an_app_on_the_loopback_is_warned_of_its_neighbours(add: Add, origin: str, words: str) -> None:
    done = add(origin)
    assert done.exit_code == 0, done.output
    assert done.stderr.count("Warning: Cookies ignore ports") == 1
    assert words in done.stderr


def test_an_app_that_contradicts_itself_is_not_added_and_every_fault_is_said(
    add: Add, runtime: Runtime
) -> None:
    done = add(
        token_endpoint_auth_method="none", require_pkce=False, jwks={"keys": []}, jwks_uri="https://a/k"
    )
    assert done.exit_code == 2
    assert "require_pkce true for public" in done.stderr
    assert "jwks or jwks_uri" in done.stderr
    with runtime.db.read() as conn:
        assert client_by_id(conn, KIOSK) is None


def test_an_app_that_names_no_algorithm_keeps_what_it_has(add: Add, runtime: Runtime) -> None:
    def alg() -> str:
        with runtime.db.read() as conn:
            client = client_by_id(conn, KIOSK)
        assert client is not None
        return client.id_token_signed_response_alg

    for asked, has in (({}, "RS256"), ({"id_token_signed_response_alg": "ES256"}, "ES256"), ({}, "ES256")):
        assert add(**asked).exit_code == 0
        assert alg() == has
