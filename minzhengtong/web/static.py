"""Static files at the platform's own origin: `url_for` adds their version, answers say how long they keep."""

from typing import Any

from flask import Flask, Response, request

from minzhengtong.core.assets import PARAMETER, cache_control, versions

ENDPOINT = "static"


def setup(app: Flask) -> None:
    """Version the static files of `app`."""
    app.url_defaults(_add_version)
    app.after_request(_say_how_long)


def _add_version(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == ENDPOINT:
        values[PARAMETER] = versions()[values["filename"]]


def _say_how_long(response: Response) -> Response:
    name = str((request.view_args or {}).get("filename"))
    if request.endpoint == ENDPOINT and name in versions() and response.status_code < 400:
        response.headers["Cache-Control"] = cache_control(name, request.args.get(PARAMETER))
    return response
