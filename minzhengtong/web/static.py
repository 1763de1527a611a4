"""Static files at the platform's own origin: `url_for` adds their version, answers say how long they keep."""

from typing import Any

from flask import Flask, Response, request

from minzhengtong.core.assets import PARAMETER, cache_control, versions

ENDPOINT = "static"


def setup(app: Flask) -> None:
    """Version the static files of `app`."""
    app.url_defaults(_add_version)
    send: Any = app.view_functions[ENDPOINT]

    def send_versioned(filename: str) -> Response:
        response: Response = send(filename=filename)
        if filename in versions():
            response.headers["Cache-Control"] = cache_control(filename, request.args.get(PARAMETER))
        return response

    app.view_functions[ENDPOINT] = send_versioned


def _add_version(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == ENDPOINT:
        values[PARAMETER] = versions()[values["filename"]]
