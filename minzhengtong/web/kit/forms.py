"""How forms are read: every part has a name, and no transaction is open while the sender is slow."""

from typing import IO

from flask import Flask, Request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import BadRequest
from werkzeug.formparser import FormDataParser

from minzhengtong.db.database import assert_no_transaction


class NamedParts(FormDataParser):
    """Refuses a part without a name (RFC 7578 §4.2), which Flask-WTF fails on."""

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
        """Read the form. A sender that stops half-way would keep an open transaction, and so every writer.

        Raises: NestedTransaction.
        """
        if "form" not in self.__dict__:
            assert_no_transaction()
        super()._load_form_data()


def setup(app: Flask) -> None:
    """Read the forms of `app` this way; a form that breaks the rule gets 400."""
    app.request_class = _Request
