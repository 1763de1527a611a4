"""The whole simulator in this process, with its URL maps laid open."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from minzhengtong.base.clock import FrozenClock
from minzhengtong.hosting.apps import HostedApps
from minzhengtong.hosting.serve import serve_all
from minzhengtong.runtime import Runtime
from minzhengtong.web.kit.current import HOSTED
from minzhengtong.web.platform import create_platform
from tests.conftest import NOON
from tests.engines import seeding
from tests.miniapps.world import Browser, World

SAMPLES = {"filename": "css/base.css", "slug": "transit"}
"""Values of path parameters that exist; any other is `nothing`."""


@dataclass
class House(World):
    """A world whose routes can be walked."""

    platform: Flask
    hosted: HostedApps

    def origins(self) -> dict[str, Flask]:
        """Every Flask app by its origin."""
        apps = {origin: self.hosted.app(slug) for origin, slug in self.hosted.origins.items()}
        return {self.runtime.settings.public_url: self.platform, **apps}

    def person(self, key: str) -> Browser:
        browser = super().person(key)
        browser.get("http://localhost:8000/me")
        return browser


def house_of(runtime: Runtime) -> House:
    platform = create_platform(runtime)
    hosted = HostedApps(runtime, platform)
    platform.extensions[HOSTED] = hosted
    return House(runtime, serve_all(platform, hosted), platform, hosted)


@pytest.fixture(scope="session")
def house(seeded_sqlite: seeding.Seeded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with seeding.fresh_runtime(seeded_sqlite, tmp_path_factory.mktemp("rules"), FrozenClock(NOON)) as runtime:
        yield house_of(runtime)


def routes(app: Flask) -> Iterator[tuple[Rule, str, Any]]:
    """Every rule with each of its methods and its view."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method, app.view_functions[rule.endpoint]


def path_of(rule: Rule) -> str:
    """A path that this rule answers."""
    path = rule.rule
    for name in rule.arguments:
        path = path.replace(f"<path:{name}>", f"<{name}>").replace(f"<{name}>", SAMPLES.get(name, "nothing"))
    return path
