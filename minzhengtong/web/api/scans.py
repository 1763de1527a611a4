"""The API of scans: make one, go on within its session, read it again."""

from collections.abc import Callable

from flask import Blueprint
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection

from minzhengtong.oidc.subjects import Subjects
from minzhengtong.registry.terminals import TerminalUnknown, own_terminal
from minzhengtong.scans.answer import ScanAnswer, answer
from minzhengtong.scans.asked import scopes_needed
from minzhengtong.scans.callers import check_caller
from minzhengtong.scans.outcome import Scan
from minzhengtong.scans.reading import read_code
from minzhengtong.scans.scan import scan_code
from minzhengtong.scans.session import go_on, open_session
from minzhengtong.scans.store import scan_by_id
from minzhengtong.wants.wants import Price, Showing, Want, Wants, want_of
from minzhengtong.web.api.allow import AppCaller, apps, apps_at_terminals, raw_token
from minzhengtong.web.api.once import Act
from minzhengtong.web.api.operation import operation
from minzhengtong.web.kit.csrf import exempt
from minzhengtong.web.kit.current import now, runtime

blueprint = Blueprint("api_scans", __name__, url_prefix="/api/v1/scans")
exempt(blueprint)


class ScanBody(BaseModel):
    """What a terminal read, and what it asks for; without `wants`, what its manifest says."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    code: str
    terminal_id: str
    wants: Wants | None = None


@blueprint.post("")
@operation(
    "Spend a code once, and show, answer and charge what is wanted, all in one",
    apps_at_terminals(may_need=("code.verify:<kind>", "cert.verify:<type>", "pay.collect")),
    status=201,
)
def make_scan(caller: AppCaller, body: ScanBody, key: str) -> Act[ScanAnswer]:
    """201 with a verdict for every well-formed call: a refused code is an answer, not an error."""
    at, terminal = now(), caller.terminal
    if terminal is None:
        raise TerminalUnknown(f"a terminal of {caller.app_id}", body.terminal_id)
    wants = terminal.wants if body.wants is None else body.wants
    caller.require(scopes_needed(terminal, wants))
    reading = read_code(
        runtime().keys(), at, body.code
    )  # needs no database, so it is done before the transaction
    answered, token = _answer_to(caller), raw_token()

    def act(conn: Connection) -> ScanAnswer:
        check_caller(conn, at, token, terminal.id)
        return answered(scan_code(conn, at, terminal, reading, wants, idempotency_key=key))

    return act


@blueprint.get("/<scan_id>")
@operation("Read one of the app's own scans again, without the claims' values", apps())
def read_scan(scan_id: str, caller: AppCaller) -> ScanAnswer:
    """The scan as it stands now."""
    with runtime().db.read() as conn:
        return _answer_to(caller)(scan_by_id(conn, caller.app_id, scan_id))


@blueprint.post("/<scan_id>/certificates")
@operation(
    "Show claims of one more certificate within the scan's session",
    apps(may_need=("code.verify:<kind>", "cert.verify:<type>")),
    status=201,
)
def show_certificate(scan_id: str, caller: AppCaller, body: Showing, key: str) -> Act[ScanAnswer]:
    """A refusal ends the session."""
    return _go_on(scan_id, caller, want_of(body), key)


@blueprint.post("/<scan_id>/payments")
@operation(
    "Charge within the scan's session, once",
    apps(may_need=("code.verify:<kind>", "pay.collect")),
    status=201,
)
def take_payment(scan_id: str, caller: AppCaller, body: Price, key: str) -> Act[ScanAnswer]:
    """A refusal ends the session."""
    return _go_on(scan_id, caller, want_of(body), key)


def _go_on(scan_id: str, caller: AppCaller, want: Want, key: str) -> Act[ScanAnswer]:
    at, answered = now(), _answer_to(caller)

    def act(conn: Connection) -> ScanAnswer:
        found = open_session(conn, at, caller.app_id, scan_id)
        terminal = own_terminal(conn, caller.app_id, found.terminal_id)
        caller.require(scopes_needed(terminal, [want]))
        return answered(go_on(conn, at, found, terminal, want, idempotency_key=key))

    return act


def _answer_to(caller: AppCaller) -> Callable[[Scan], ScanAnswer]:
    """Makes answers for this app, which knows people and certificates by its own names."""
    subjects = Subjects(runtime().keyring, caller.token.sector)  # here: another thread may run the act
    return lambda made: answer(made, subjects)
