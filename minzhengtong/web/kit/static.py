"""Static files at the platform's own origin: `asset` adds their version, answers say how long they keep."""

from typing import Any

from flask import Flask, Response, request

from minzhengtong.base.assets import PARAMETER, asset, cache_control, versions

ENDPOINT = "static"


def setup(app: Flask) -> None:
    """Version the static files of `app`."""
    # Not by `url_for`: it builds an address anew each time, a tenth of the page of the personas.
    app.jinja_env.globals["asset"] = asset
    send: Any = app.view_functions[ENDPOINT]

    def send_versioned(filename: str) -> Response:
        response: Response = send(filename=filename)
        if filename in versions():
            response.headers["Cache-Control"] = cache_control(filename, request.args.get(PARAMETER))
        return response

    app.view_functions[ENDPOINT] = send_versioned
