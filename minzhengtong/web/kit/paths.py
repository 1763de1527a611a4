"""Which characters a part of a path may hold: any other path is 404."""

from flask import Flask
from werkzeug.routing import Map, UnicodeConverter


class PlainPart(UnicodeConverter):
    """Text without control characters: PostgreSQL refuses a statement that compares with a NUL."""

    def __init__(self, map: Map) -> None:
        super().__init__(map)
        self.regex = r"[^/\x00-\x1f\x7f]+"


def setup(app: Flask) -> None:
    """Answer any other path with 404. Call before the routes are added."""
    app.url_map.converters["default"] = PlainPart
