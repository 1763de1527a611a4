"""The bench's API: terminals, pictures, scans at any terminal. For a token of bench.scan or a tester."""

from dataclasses import dataclass
from typing import Annotated

from flask import Blueprint, Response, current_app, request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, model_validator

from minzhengtong.access.authorize import authorize
from minzhengtong.base.errors import Forbidden, InvalidInput
from minzhengtong.bench.answer import DESK_ANSWER, DeskAnswer, PictureAnswer, TerminalAnswer, terminal_answer
from minzhengtong.bench.client import SCOPE
from minzhengtong.bench.desk import MAX_CODE, Desk, Offer
from minzhengtong.bench.pictures import look_at, picture_of_base64
from minzhengtong.registry.terminals import all_terminals
from minzhengtong.wants.wants import Wants, check_wants
from minzhengtong.web.api.bearer import token_of_request
from minzhengtong.web.api.once import CREATED, idempotency_key
from minzhengtong.web.api.operation import FORM_TYPE, Operation, describe
from minzhengtong.web.kit.body import BodyTypeUnsupported, body_bytes, read_body
from minzhengtong.web.kit.csrf import exempt
from minzhengtong.web.kit.current import hosted, now, runtime
from minzhengtong.web.kit.guards import bearer, signed_in

PICTURE_TYPES = ("image/png", "image/jpeg")

Base64 = Annotated[
    str,
    Field(
        json_schema_extra={
            "contentEncoding": "base64",
            "pattern": "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",  # RFC 4648 §4
        }
    ),
]
"""Said to readers only: the decoder refuses the rest, with its own words."""

blueprint = Blueprint("api_bench", __name__, url_prefix="/api/v1/bench")
exempt(blueprint)


@dataclass(frozen=True, slots=True)
class TerminalsAnswer:
    """Every terminal in use."""

    terminals: tuple[TerminalAnswer, ...]


class PictureForm(BaseModel):
    """A picture as a form brings it: as a file, and nothing beside it."""

    model_config = ConfigDict(extra="forbid")

    picture: bytes


_TERMINALS = TypeAdapter(TerminalsAnswer)
_PICTURE = TypeAdapter(PictureAnswer)


class BenchScanBody(BaseModel):
    """A code as text or as a picture in base64, and where; with `wants` the terminal asks for these."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        json_schema_extra={
            "oneOf": [
                {"properties": {name: {"type": "string"}}, "required": [name]} for name in ("code", "picture")
            ]
        },
    )

    terminal_id: str
    code: Annotated[str, StringConstraints(max_length=MAX_CODE)] | None = None
    picture: Base64 | None = None
    wants: Wants | None = None

    @model_validator(mode="after")
    def _fit_together(self) -> "BenchScanBody":
        check_wants(self.wants or [])
        if (self.code is None) is (self.picture is None):
            raise ValueError("either code or picture")
        return self


@blueprint.get("/terminals")
@bearer
@describe(
    Operation(
        "List every terminal in use, of all mini-apps",
        {200: TerminalsAnswer},
        scopes=(SCOPE,),
        enters=("bearer", "session"),
    )
)
def list_terminals() -> Response:
    """Where a tester may scan."""
    _caller()
    with runtime().db.read() as conn:
        found = TerminalsAnswer(tuple(terminal_answer(terminal) for terminal in all_terminals(conn)))
    return _json(_TERMINALS.dump_json(found), 200)


@blueprint.post("/pictures")
@bearer
@describe(
    Operation(
        "Read the text of the one code in a picture, spending nothing",
        {200: PictureAnswer},
        body=bytes,
        body_types=PICTURE_TYPES,
        form=PictureForm,
        scopes=(SCOPE,),
        enters=("bearer", "session"),
    )
)
def read_picture() -> Response:
    """A picture without one readable code is an answer with its reason, not an error."""
    _caller()
    return _json(_PICTURE.dump_json(look_at(_picture())), 200)


@blueprint.post("/scans")
@bearer
@describe(
    Operation(
        "Scan a code at any terminal, the way the terminal would itself",
        {201: DeskAnswer},
        body=BenchScanBody,
        scopes=(SCOPE,),
        enters=("bearer", "session"),
        idempotent=True,
    )
)
def make_scan() -> Response:
    """201 with a verdict and the whole chain; where the app has a handler, the app scans and charges."""
    data = body_bytes(current_app.config["MAX_CONTENT_LENGTH"])
    caller = _caller()
    body = read_body(BenchScanBody, data)
    offer = Offer(
        terminal_id=body.terminal_id,
        code=body.code or "",
        picture=None if body.picture is None else picture_of_base64(body.picture),
        wants=body.wants,
    )
    said = Desk(runtime(), hosted(), caller).scan_once(offer, idempotency_key())
    return _json(DESK_ANSWER.dump_json(said), CREATED)


def _caller() -> str:
    """Whose keys these are: a client's, or a tester's who shows her form token too.

    Raises: NotAuthenticated, TokenInvalid, ScopeNotGranted, Forbidden; CSRFError.
    """
    if "Authorization" in request.headers:
        with runtime().db.read() as conn:
            token = token_of_request(conn, now())
            authorize(conn, now(), token, SCOPE)
        return f"bench:{token.client_id}"
    person = signed_in()
    if "tester" not in person.roles:
        raise Forbidden("a person with the role tester, or a token", "a person without it")
    current_app.extensions["csrf"].protect()
    return f"bench:{person.id}"


def _picture() -> bytes:
    if request.mimetype == FORM_TYPE:
        if request.form or [name for name, _ in request.files.items(multi=True)] != ["picture"]:
            raise InvalidInput("one file named picture", "another form")
        return request.files["picture"].read()
    if request.mimetype not in PICTURE_TYPES:
        types = ", ".join((*PICTURE_TYPES, FORM_TYPE))
        raise BodyTypeUnsupported(f"one of {types}", request.mimetype[:100] or "none")
    return request.get_data(cache=False)


def _json(body: bytes, status: int) -> Response:
    return Response(body, status, mimetype="application/json")
