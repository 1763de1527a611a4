"""How forms and queries are read: parts have names, text has no NUL, no transaction is open meanwhile."""

from collections.abc import Iterator
from typing import IO

from flask import Flask, Request, request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import BadRequest
from werkzeug.formparser import FormDataParser

from minzhengtong.base.errors import InvalidInput
from minzhengtong.base.text import is_storable
from minzhengtong.db.database import assert_no_transaction

FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


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


class TextRefused(InvalidInput):
    """A form or a query holds NUL, which PostgreSQL does not store; bytes that are no text are replaced."""

    code = "text_refused"
    title = "A field holds a character that cannot be stored"


def setup(app: Flask) -> None:
    """Read the forms and queries of `app` this way; one that breaks a rule gets 400."""
    app.request_class = _Request
    app.before_request(_refuse_nul)


def _refuse_nul() -> None:
    """Raises: TextRefused."""
    if request.path.startswith(("/api/", "/oauth/")):
        return  # `kit/body.py` and `oidc/requests.py` refuse it in their own words
    is_form = request.mimetype in FORM_TYPES
    fields = (*_texts(request.args), *(_texts(request.form) if is_form else ()))
    if not all(map(is_storable, fields)):
        raise TextRefused("text without NUL", "a field with NUL")


def _texts(fields: MultiDict[str, str]) -> Iterator[str]:
    for name, text in fields.items(multi=True):
        yield from (name, text)
