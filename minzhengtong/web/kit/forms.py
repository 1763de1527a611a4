"""How a form is read: its parts have names, and nobody waits for a slow sender with a transaction open."""

from typing import IO

from flask import Flask, Request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import BadRequest
from werkzeug.formparser import FormDataParser

from minzhengtong.db.database import assert_no_transaction


class NamedParts(FormDataParser):
    """Each part says its name (RFC 7578 §4.2): Flask-WTF trips over one that does not."""

    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,
    ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, FileStorage]]:
        """Raises: BadRequest."""
        rest, form, files = super().parse(stream, mimetype, content_length, options)
        if None in form or None in files:
            raise BadRequest("a part without a name")
        return rest, form, files


class _Request(Request):
    form_data_parser_class = NamedParts

    def _load_form_data(self) -> None:
        """Raises: NestedTransaction; half a form sent to the token endpoint once stopped every writer."""
        if "form" not in self.__dict__:
            assert_no_transaction()
        super()._load_form_data()


def setup(app: Flask) -> None:
    """Answer any other form with 400."""
    app.request_class = _Request
