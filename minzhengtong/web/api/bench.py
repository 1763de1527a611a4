"""The bench's API: terminals, pictures, scans at any terminal."""

from dataclasses import dataclass
from typing import Annotated

from flask import Blueprint, request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from minzhengtong.base.errors import InvalidInput
from minzhengtong.bench.answer import DeskAnswer, PictureAnswer, TerminalAnswer, terminal_answer
from minzhengtong.bench.client import SCOPE
from minzhengtong.bench.desk import MAX_CODE, Desk, Offer
from minzhengtong.bench.pictures import look_at, picture_of_base64
from minzhengtong.registry.terminals import all_terminals
from minzhengtong.wants.wants import Wants
from minzhengtong.web.api.allow import staff
from minzhengtong.web.api.operation import Body, operation
from minzhengtong.web.kit.body import LARGEST_BYTES, BodyTypeUnsupported
from minzhengtong.web.kit.csrf import exempt
from minzhengtong.web.kit.current import hosted, runtime
from minzhengtong.web.kit.i18n import language

FORM_TYPE = "multipart/form-data"
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
"""For the document only: the decoder refuses what is not base64."""

blueprint = Blueprint("api_bench", __name__, url_prefix="/api/v1/bench")
exempt(blueprint)


@dataclass(frozen=True, slots=True)
class TerminalsAnswer:
    """Every terminal in use."""

    terminals: tuple[TerminalAnswer, ...]


class PictureForm(BaseModel):
    """A picture as the only part of a form."""

    model_config = ConfigDict(extra="forbid")

    picture: bytes


class BenchScanBody(BaseModel):
    """A terminal, and a code as text or as a picture in base64; `wants` replaces the terminal's own."""

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
        if (self.code is None) is (self.picture is None):
            raise ValueError("either code or picture")
        return self

    def offer(self) -> Offer:
        """The offer for the desk. Raises: InvalidInput if the picture is not base64."""
        return Offer(
            terminal_id=self.terminal_id,
            code=self.code or "",
            picture=None if self.picture is None else picture_of_base64(self.picture),
            wants=self.wants,
        )


_TESTERS = staff("tester", scope=SCOPE)


def _picture() -> bytes:
    if request.mimetype == FORM_TYPE:
        if request.form or [name for name, _ in request.files.items(multi=True)] != ["picture"]:
            raise InvalidInput("one file named picture", "another form")
        return request.files["picture"].read()
    if request.mimetype not in PICTURE_TYPES:
        types = ", ".join((*PICTURE_TYPES, FORM_TYPE))
        raise BodyTypeUnsupported(f"one of {types}", request.mimetype[:100] or "none")
    return request.get_data(cache=False)


@blueprint.get("/terminals")
@operation("List every terminal in use, of all mini-apps", _TESTERS)
def list_terminals() -> TerminalsAnswer:
    """The terminals at which a tester may scan."""
    with runtime().db.read() as conn:
        return TerminalsAnswer(tuple(terminal_answer(terminal) for terminal in all_terminals(conn)))


@blueprint.post("/pictures")
@operation(
    "Read the text of the one code in a picture, spending nothing",
    _TESTERS,
    body=Body({**dict.fromkeys(PICTURE_TYPES, bytes), FORM_TYPE: PictureForm}, _picture),
)
def read_picture(body: bytes) -> PictureAnswer:
    """A picture without one readable code is an answer with its reason, not an error."""
    return look_at(body)


@blueprint.post("/scans")
@operation(
    "Scan a code at any terminal, the way the terminal would itself",
    _TESTERS,
    status=201,
    max_bytes=LARGEST_BYTES,
)
def make_scan(caller: str, body: BenchScanBody, key: str) -> DeskAnswer:
    """201 with a verdict and every step. If the app has a handler, the app scans and charges."""
    return Desk(runtime(), hosted(), caller, language()).scan_once(body.offer(), key)
