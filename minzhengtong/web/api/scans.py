"""The API of scans: make one, go on within its session, read it again. Decides nothing about codes."""

from collections.abc import Sequence
from datetime import datetime

from flask import Blueprint, Response
from pydantic import BaseModel, ConfigDict, model_validator
from sqlalchemy import Connection

from minzhengtong.access.authorize import require_scope
from minzhengtong.base.errors import DomainError, InvalidInput
from minzhengtong.oidc.subjects import subject_of
from minzhengtong.oidc.tokens import Token
from minzhengtong.registry.terminals import Terminal, TerminalUnknown, own_terminal
from minzhengtong.scans.answer import ScanAnswer, answer_json
from minzhengtong.scans.asked import default_wants, scopes_needed
from minzhengtong.scans.outcome import Scan
from minzhengtong.scans.reading import read_code
from minzhengtong.scans.scan import scan_code
from minzhengtong.scans.session import go_on, open_session
from minzhengtong.scans.store import scan_by_id
from minzhengtong.wants.wants import Price, Showing, Want, Wants, check_wants, want_of
from minzhengtong.web.api.bearer import operator, raw_token, token_and_app
from minzhengtong.web.api.once import Once, idempotency_key
from minzhengtong.web.api.operation import Operation, describe
from minzhengtong.web.kit.body import body_bytes, read_body
from minzhengtong.web.kit.csrf import exempt
from minzhengtong.web.kit.current import entrances, now, runtime
from minzhengtong.web.kit.guards import bearer

blueprint = Blueprint("api_scans", __name__, url_prefix="/api/v1/scans")
exempt(blueprint)


class ScanBody(BaseModel):
    """What a terminal read, and what it wants; without `wants` those of the manifest hold."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    code: str
    terminal_id: str
    wants: Wants | None = None

    @model_validator(mode="after")
    def _fit_together(self) -> "ScanBody":
        check_wants(self.wants or [])
        return self


@blueprint.post("")
@bearer
@describe(
    Operation(
        "Spend a code once, and show, answer and charge what is wanted, all in one",
        {201: ScanAnswer},
        body=ScanBody,
        scopes=("code.verify:<kind>", "cert.verify:<type>", "pay.collect"),
        idempotent=True,
    )
)
def make_scan() -> Response:
    """201 with a verdict for every well-formed call: a refused code is an answer, not an error."""
    at, data = now(), body_bytes()
    body, key = _asked(at, data)
    entry = entrances().find(at, raw_token(), body.terminal_id)
    token, app_id = token_and_app(entry.token if entry else None)
    call = Once.of(token.client_id, body, key)
    place = entry.terminal if entry else None
    try:
        if place is None:
            raise TerminalUnknown(f"a terminal of {app_id}", body.terminal_id)
        wants = default_wants(place) if body.wants is None else body.wants
        _allow(token, place, wants)
    except DomainError as error:
        return call.first_answer_or(error)
    reading = read_code(runtime().keys(), at, body.code)

    def act(conn: Connection) -> str:
        return _json(token, scan_code(conn, at, place, reading, wants, idempotency_key=call.key))

    return call.answer(at, act)


@blueprint.get("/<scan_id>")
@bearer
@describe(Operation("Read one of the app's own scans again, without the claims' values", {200: ScanAnswer}))
def read_scan(scan_id: str) -> Response:
    """The scan as it stands now."""
    with runtime().db.read() as conn:
        token, app_id = operator(conn, now())
        made = scan_by_id(conn, app_id, scan_id)
    return Response(_json(token, made), mimetype="application/json")


@blueprint.post("/<scan_id>/certificates")
@bearer
@describe(
    Operation(
        "Show claims of one more certificate within the scan's session",
        {201: ScanAnswer},
        body=Showing,
        scopes=("code.verify:<kind>", "cert.verify:<type>"),
        idempotent=True,
    )
)
def show_certificate(scan_id: str) -> Response:
    """A refusal ends the session."""
    return _go_on(scan_id, Showing)


@blueprint.post("/<scan_id>/payments")
@bearer
@describe(
    Operation(
        "Charge within the scan's session, once",
        {201: ScanAnswer},
        body=Price,
        scopes=("code.verify:<kind>", "pay.collect"),
        idempotent=True,
    )
)
def take_payment(scan_id: str) -> Response:
    """A refusal ends the session."""
    return _go_on(scan_id, Price)


def _go_on(scan_id: str, model: type[Showing] | type[Price]) -> Response:
    at, data = now(), body_bytes()
    with runtime().db.read() as conn:
        token, app_id = operator(conn, at)
        body = read_body(model, data)
    call, want = Once.of(token.client_id, body, idempotency_key()), want_of(body)

    def act(conn: Connection) -> str:
        found = open_session(conn, at, app_id, scan_id)
        place = own_terminal(conn, app_id, found.terminal_id)
        _allow(token, place, [want])
        return _json(token, go_on(conn, at, found, place, want, idempotency_key=call.key))

    return call.answer(at, act)


def _asked(at: datetime, data: bytes) -> tuple[ScanBody, str]:
    try:
        return read_body(ScanBody, data), idempotency_key()
    except InvalidInput:
        with runtime().db.read() as conn:
            operator(conn, at)  # whoever has no token is told that first
        raise


def _allow(token: Token, place: Terminal, wants: Sequence[Want]) -> None:
    for scope in scopes_needed(place, wants):
        require_scope(token, scope)


def _json(token: Token, made: Scan) -> str:
    return answer_json(made, subject_of(runtime().keyring, token.sector, made.person_id or ""))
