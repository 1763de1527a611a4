"""Reads a JSON body or a query strictly: what has two readings is refused."""

import json
from typing import Any, NoReturn, TypeVar

from flask import request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from minzhengtong.base.errors import InvalidInput
from minzhengtong.base.text import is_storable

MAX_BYTES = 64 * 1024
LARGEST_BYTES = 7 * 1024 * 1024
"""The largest body of any call: a picture of 5 MB as base64 in JSON."""
MAX_DEPTH = 16

Model = TypeVar("Model", bound=BaseModel)


class BodyTypeUnsupported(InvalidInput):
    """The body is not declared as plain JSON in UTF-8."""

    code = "body_type_unsupported"
    title = "The body's type is not supported"


class BodyTooLarge(InvalidInput):
    """The body is larger than this call allows."""

    code = "body_too_large"
    title = "The body is too large"


class BodyMalformed(InvalidInput):
    """The body is not well-formed JSON (RFC 8259), or breaks a stricter rule of this API."""

    code = "body_malformed"
    title = "The body is not well-formed JSON"


class BodyInvalid(InvalidInput):
    """The body is JSON, but it does not fit the model of this call."""

    code = "body_invalid"
    title = "The body does not fit this call"


class QueryInvalid(InvalidInput):
    """A parameter of the query is unknown, repeated or out of range."""

    code = "query_invalid"
    title = "The query does not fit this call"


def body_bytes(max_bytes: int = MAX_BYTES) -> bytes:
    """The bytes of this request's JSON body. Call it before you open a transaction: the sender may be slow.

    Raises: BodyTypeUnsupported, BodyTooLarge.
    """
    _check_type()
    request.max_content_length = max_bytes
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge as error:
        raise BodyTooLarge(f"at most {max_bytes} bytes", "more") from error


def read_body(model: type[Model], data: bytes) -> Model:
    """The body as a model. Raises: BodyMalformed, BodyInvalid."""
    value = parse_json(data)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise BodyInvalid(*_first_fault(error)) from error


def read_query(model: type[Model]) -> Model:
    """The query of this request, each parameter at most once. Raises: QueryInvalid."""
    lists = request.args.to_dict(flat=False)
    if repeated := [name for name, values in lists.items() if len(values) > 1]:
        raise QueryInvalid("each parameter once", repr(repeated[0][:40]))
    if not all(is_storable(name + values[0]) for name, values in lists.items()):
        raise QueryInvalid("text without NUL", "a parameter with NUL")
    try:
        return model.model_validate({name: values[0] for name, values in lists.items()})
    except ValidationError as error:
        raise QueryInvalid(*_first_fault(error)) from error


def parse_json(data: bytes) -> dict[str, Any]:
    """A JSON object: UTF-8, no name twice, no NaN, no lone surrogate or NUL, at most `MAX_DEPTH` deep.

    Raises: BodyMalformed.
    """
    try:
        value = _JSON.decode(data.decode())
    except UnicodeDecodeError as error:
        raise BodyMalformed("UTF-8", f"byte {data[error.start]:#04x} at {error.start}") from error
    except (ValueError, RecursionError) as error:
        raise BodyMalformed("a JSON object", str(error)[:200]) from error
    if not isinstance(value, dict):
        raise BodyMalformed("a JSON object", f"JSON that is a {type(value).__name__}")
    if _may_hide_something(data):
        _check_inside(value)
    return value


def _check_type() -> None:
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    encoding = request.headers.get("Content-Encoding", "identity")
    if request.mimetype != "application/json" or charset != "utf-8" or encoding != "identity":
        received = " ".join((request.headers.get("Content-Type", "none")[:100], encoding[:20]))
        raise BodyTypeUnsupported("Content-Type: application/json, in UTF-8, not compressed", received)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a name twice in one object")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_JSON = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_constant)


def _may_hide_something(data: bytes) -> bool:
    """Whether the value must be walked: NUL and lone surrogates need an escape, depth needs brackets."""
    return b"\\u" in data or data.count(b"[") + data.count(b"{") >= MAX_DEPTH


def _check_inside(value: Any) -> None:
    level, depth = [value], 1
    while level:
        if depth > MAX_DEPTH:
            raise BodyMalformed(f"at most {MAX_DEPTH} levels", "more")
        below: list[Any] = []
        for part in level:
            if isinstance(part, dict):
                below += [*part.keys(), *part.values()]
            elif isinstance(part, list):
                below += part
            elif isinstance(part, str):
                _check_text(part)
        level, depth = below, depth + 1


def _check_text(text: str) -> None:
    if not is_storable(text):
        raise BodyMalformed("text of Unicode characters other than NUL", "NUL or a lone surrogate")


def _first_fault(error: ValidationError) -> tuple[str, str]:
    first = error.errors(include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"])[:100]
    return f"{place}: {first['msg']}"[:300].removeprefix(": "), f"a {type(first['input']).__name__}"
