"""Static files of the platform's origin: `asset` adds their version, answers say how long to cache them."""

from typing import Any

from flask import Flask, Response, request

from minzhengtong.base.assets import PARAMETER, asset, cache_control, versions

ENDPOINT = "static"


def setup(app: Flask) -> None:
    """Version the static files of `app`."""
    app.jinja_env.globals["asset"] = asset
    send: Any = app.view_functions[ENDPOINT]

    def send_versioned(filename: str) -> Response:
        response: Response = send(filename=filename)
        if filename in versions():
            response.headers["Cache-Control"] = cache_control(filename, request.args.get(PARAMETER))
        return response

    app.view_functions[ENDPOINT] = send_versioned
