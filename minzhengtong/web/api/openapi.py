"""The OpenAPI document, composed from the URL map and the `operation` of each view."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from flask import Blueprint, Flask, current_app
from pydantic import TypeAdapter
from werkzeug.routing import Rule

from minzhengtong import __version__
from minzhengtong.web.api.allow import ANYONE
from minzhengtong.web.api.operation import JSON_TYPE, Operation, operation

blueprint = Blueprint("openapi", __name__, url_prefix="/api")

_PARAMETER = re.compile(r"<(?:[^:>]+:)?([^>]+)>")
_REF = "#/components/schemas/{model}"
_KEY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "The same call under the same key is done once and answered alike, for 24 hours. "
    'In quotes (`"k"`, as the IETF draft has it) or without (`k`) it is the same key.',
    "schema": {"type": "string", "pattern": "^[!-~]([ -~]{0,253}[!-~])?$"},
}


@dataclass(frozen=True, slots=True)
class Problem:
    """RFC 9457, with a stable code and what was expected and received."""

    type: str
    title: str
    status: int
    code: str
    expected: str = ""
    received: str = ""
    help: str = ""


@blueprint.get("/openapi.json")
@operation("Read this document", ANYONE)
def read_document() -> dict[str, Any]:
    """OpenAPI 3.1."""
    return document(current_app)


def document(app: Flask) -> dict[str, Any]:
    """The document of every route under /api, cached in the app."""
    made: dict[str, Any] = app.extensions.setdefault("openapi", {})
    if not made:
        made.update(_compose(app))
    return made


def _compose(app: Flask) -> dict[str, Any]:
    operations = list(_operations(app))
    types = {repr(kind): kind for _, _, described in operations for kind in _types(described)}
    types[repr(Problem)] = Problem
    modes = [(name, "serialization", TypeAdapter(kind)) for name, kind in types.items()]
    schemas, shared = TypeAdapter.json_schemas(modes, ref_template=_REF)  # type: ignore[arg-type]
    by_type = {name: schema for (name, _), schema in schemas.items()}
    paths: dict[str, Any] = {}
    for rule, method, described in operations:
        path = paths.setdefault(_PARAMETER.sub(r"{\1}", rule.rule), {})
        path[method.lower()] = _operation(rule, method, described, by_type)
    info = {"title": "Minzhengtong simulator", "version": __version__, "description": "SIMULATED · 模拟"}
    schemes = {
        "bearer": {"type": "http", "scheme": "bearer", "description": "Client credentials at /oauth/token."},
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": app.config["SESSION_COOKIE_NAME"],
            "description": "A login. A POST also carries the csrf_token of a page, as X-CSRFToken.",
        },
    }
    components = {"schemas": shared.get("$defs", {}), "securitySchemes": schemes}
    return {"openapi": "3.1.0", "info": info, "paths": paths, "components": components}


def _operations(app: Flask) -> Iterator[tuple[Rule, str, Operation]]:
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if rule.rule.startswith("/api/"):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method, cast(Any, app.view_functions[rule.endpoint]).operation


def _types(described: Operation) -> list[Any]:
    bodies = described.body.types.values() if described.body else ()
    return [kind for kind in (*bodies, described.query, described.answer) if kind]


def _operation(rule: Rule, method: str, described: Operation, types: dict[str, Any]) -> dict[str, Any]:
    answer, problem = types[repr(described.answer)], types[repr(Problem)]
    written: dict[str, Any] = {
        "operationId": f"{rule.endpoint}_{method.lower()}".replace(".", "_"),
        "summary": described.summary,
        "parameters": _parameters(rule, described),
        "security": [{name: []} for name in described.allowed.schemes],
        "responses": {
            str(described.status): _content("Done", JSON_TYPE, answer),
            "default": _content("A problem", "application/problem+json", problem),
        },
    }
    if described.allowed.scopes:
        written["description"] = f"Scopes: {', '.join(described.allowed.scopes)}"
    if described.body:
        content = {name: {"schema": types[repr(kind)]} for name, kind in described.body.types.items()}
        written["requestBody"] = {"required": True, "content": content}
    return written


def _parameters(rule: Rule, described: Operation) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(rule.rule)
    ]
    if described.query:
        parameters += _query_parameters(described.query.model_json_schema())
    return [*parameters, _KEY_PARAMETER] if described.needs_key else parameters


def _query_parameters(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": inner}
        for name, inner in schema["properties"].items()
    ]


def _content(description: str, media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {media_type: {"schema": schema}}}
