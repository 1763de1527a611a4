"""`@operation` makes a view of the API: reads the call, finds the caller, writes and documents the answer."""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, get_args, get_origin, get_type_hints

from flask import Response
from pydantic import BaseModel, TypeAdapter

from minzhengtong.base.errors import DomainError, InvalidInput
from minzhengtong.web.api.allow import Allowed
from minzhengtong.web.api.once import Act, Once, idempotency_key
from minzhengtong.web.kit.body import MAX_BYTES, body_bytes, read_body, read_query
from minzhengtong.web.kit.current import now
from minzhengtong.web.kit.guards import bearer, public

JSON_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class Body:
    """How a body is read, and its type for pydantic by media type."""

    types: Mapping[str, Any]
    read: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """The description of an operation, from its decorator and the signature of its function."""

    summary: str
    allowed: Allowed
    status: int
    answer: Any
    body: Body | None
    query: type[BaseModel] | None
    needs_key: bool


def operation(
    summary: str,
    allowed: Allowed,
    *,
    status: int = 200,
    body: Body | None = None,
    max_bytes: int = MAX_BYTES,
    cache: str = "no-store",
) -> Callable[[Callable[..., Any]], Callable[..., Response]]:
    """Make a view of a function. It takes the parameters of the path, and any of these by name:

    `body` and `query`, models that are read strictly; `caller`, which `allowed` found; `key`, the
    Idempotency-Key. It returns the answer, or an `Act` that is done once for each key and returns the answer.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Response]:
        hints = get_type_hints(function)
        answer = hints["return"]
        is_act = get_origin(answer) is Callable
        described = Operation(
            summary,
            allowed,
            status,
            answer=get_args(answer)[-1] if is_act else answer,
            body=body or _json_body(hints.get("body"), max_bytes),
            query=hints.get("query"),
            needs_key=is_act or "key" in hints,
        )
        view = _once(described, function) if is_act else _plain(described, function, cache)
        view.operation = described  # type: ignore[attr-defined]
        return bearer(view) if allowed.schemes else public(view)

    return decorate


def _plain(described: Operation, function: Callable[..., Any], cache: str) -> Callable[..., Response]:
    dump, names = TypeAdapter(described.answer).dump_json, get_type_hints(function)

    @wraps(function)
    def view(**path: Any) -> Response:
        answer = function(**path, **_of(_read(described), names))
        return Response(dump(answer), described.status, {"Cache-Control": cache}, mimetype=JSON_TYPE)

    return view


def _once(described: Operation, function: Callable[..., Act[Any]]) -> Callable[..., Response]:
    dump, names = TypeAdapter(described.answer).dump_json, get_type_hints(function)

    @wraps(function)
    def view(**path: Any) -> Response:
        given = _read(described)
        once = Once.of(given["caller"].token.client_id, given["body"], given["key"])
        try:
            act = function(**path, **_of(given, names))
        except DomainError as error:
            return once.first_answer_or(error)
        return once.answer(now(), described.status, lambda conn: dump(act(conn)).decode())

    return view


def _of(given: Mapping[str, Any], names: Container[str]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name in names}


def _json_body(model: type[BaseModel] | None, max_bytes: int) -> Body | None:
    if model is None:
        return None
    return Body({JSON_TYPE: model}, lambda: read_body(model, body_bytes(max_bytes)))


def _read(described: Operation) -> dict[str, Any]:
    """Read body, query and key, then find the caller. A refused caller comes before an invalid call.

    The body is read before the database, so a slow sender holds no connection.
    """
    given: dict[str, Any] = {}
    fault = None
    try:
        if described.body:
            given["body"] = described.body.read()
        if described.query:
            given["query"] = read_query(described.query)
        if described.needs_key:
            given["key"] = idempotency_key()
    except InvalidInput as error:
        fault = error
    given["caller"] = described.allowed.find(given.get("body"))
    if fault:
        raise fault
    return given
