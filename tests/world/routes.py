"""The routes of a Flask app, and a path for each."""

from collections.abc import Iterator
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

SAMPLES = {"filename": "css/base.css", "slug": "transit"}
"""Values of path parameters that exist; any other is `nothing`."""


def routes(app: Flask) -> Iterator[tuple[Rule, str, Any]]:
    """Yield every rule with each of its methods and its view."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method, app.view_functions[rule.endpoint]


def path_of(rule: Rule) -> str:
    """Return a path that this rule matches."""
    path = rule.rule
    for name in rule.arguments:
        path = path.replace(f"<path:{name}>", f"<{name}>").replace(f"<{name}>", SAMPLES.get(name, "nothing"))
    return path
