"""`python -m benchmarks.baselines NAME DATABASE OPTIONS`: one bare app under gunicorn, OPTIONS as JSON."""

import importlib
import json
import sys
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, app: Flask, options: dict[str, Any]) -> None:
        self._app, self._options = app, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._app


def main(name: str, database: str, options: str) -> None:
    """Serve until a signal comes."""
    app = importlib.import_module(f"benchmarks.baselines.{name}").create_app(database)
    app.add_url_rule("/healthz", view_func=lambda: "ok")
    _Server(app, json.loads(options)).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
