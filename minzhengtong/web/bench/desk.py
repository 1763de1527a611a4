"""The scanner desk's page: pick a terminal, scan, read why."""

from dataclasses import dataclass
from secrets import token_urlsafe

from flask import Blueprint, render_template, request

from minzhengtong.access.authorize import ScopeNotGranted
from minzhengtong.base.digest import digest
from minzhengtong.base.errors import DomainError
from minzhengtong.bench.answer import DeskAnswer
from minzhengtong.bench.desk import MAX_CODE, Desk, Offer, askable
from minzhengtong.bench.older_code import frozen_persona, older_code
from minzhengtong.places.divisions import division
from minzhengtong.registry.apps import apps_by_ids
from minzhengtong.registry.terminals import TerminalUnknown, list_terminals, terminals_by_ids
from minzhengtong.wants.certificate_types import CERTIFICATE_TYPES
from minzhengtong.wants.wants import CertificateWant
from minzhengtong.web.bench import words
from minzhengtong.web.bench.curl import Commands
from minzhengtong.web.bench.facts import fact
from minzhengtong.web.kit.current import hosted, runtime
from minzhengtong.web.kit.errors import status_of
from minzhengtong.web.kit.guards import role_required, signed_in
from minzhengtong.web.kit.i18n import language
from minzhengtong.web.kit.words import VERDICTS

MAX_TERMINALS = 50
"""Shown on the page; a search finds the others."""
MAX_QUERY = 50

blueprint = Blueprint("bench", __name__, url_prefix="/bench")


@dataclass(frozen=True, slots=True)
class Result:
    """What the third column shows: an answer, or the problem that prevented the scan."""

    answer: DeskAnswer | None = None
    problem: DomainError | None = None
    command: str = ""


@blueprint.get("")
@role_required("tester")
def show_desk() -> str:
    """The desk before a scan. With `code=frozen` and demo people it holds a frozen person's older code."""
    wanted = runtime().settings.demo and request.args.get("code") == "frozen"
    return _page(request.args.get("terminal", ""), code=older_code(runtime()) if wanted else "")


@blueprint.post("")
@role_required("tester")
def scan() -> tuple[str, int]:
    """Scan, and show the desk with the answer. To reload the answer scans nothing again."""
    offer = _offer()
    desk = Desk(runtime(), hosted(), signed_in().id, language())
    picture = request.files.get("picture")
    command = Commands(runtime().settings).scan(offer, (picture.filename if picture else "") or "")
    # The offer is part of the key: a form that was changed after "back" is another scan, not a reused key.
    key = digest(f"{request.form.get('key', '')}\n{offer.digest}")
    try:
        result, status = Result(answer=desk.scan_once(offer, key), command=command), 200
    except ScopeNotGranted as problem:
        refused = desk.not_scanned(offer, problem)
        result, status = Result(answer=refused, command=command), status_of(problem)
    except TerminalUnknown as problem:
        result, status = Result(problem=problem, command=command), status_of(problem)
    return _page(offer.terminal_id, result, offer.code), status


def _offer() -> Offer:
    form, picture = request.form, request.files.get("picture")
    is_picture, asked = form.get("source") == "picture", form.get("ask", "")
    ask = (
        CertificateWant(kind="certificate", type=asked, claims=["name"])
        if asked in CERTIFICATE_TYPES
        else None
    )
    return Offer(
        terminal_id=form.get("terminal_id", ""),
        code="" if is_picture else form.get("code", "").replace("\0", "\ufffd")[:MAX_CODE],
        picture=(picture.read() if picture else b"") if is_picture else None,
        from_camera=form.get("source") == "camera",
        wants=[ask] if ask else None,
    )


def _page(chosen: str, result: Result | None = None, code: str = "") -> str:
    query = request.args.get("q", "").strip()[:MAX_QUERY]
    with runtime().db.read() as conn:
        terminals = list_terminals(conn, limit=MAX_TERMINALS + 1, query=query)
        has_more, terminals = len(terminals) > MAX_TERMINALS, terminals[:MAX_TERMINALS]
        if chosen and chosen not in {terminal.id for terminal in terminals}:
            terminals = [*terminals_by_ids(conn, [chosen]).values(), *terminals]
        apps = apps_by_ids(conn, (terminal.app_id for terminal in terminals))
    commands = Commands(runtime().settings)
    asks = {terminal.id: askable(terminal) for terminal in terminals}
    return render_template(
        "bench/desk.html",
        terminals=terminals,
        regions={terminal.region: division(terminal.region) for terminal in terminals},
        off={app.app_id for app in apps.values() if not app.is_active},
        query=query,
        has_search=bool(query) or has_more,
        chosen=chosen,
        asked=request.form.get("ask", ""),
        asks=asks,
        askable={type_id for may_ask in asks.values() for type_id in may_ask},
        certificate_types=CERTIFICATE_TYPES,
        frozen=frozen_persona() if runtime().settings.demo else None,
        result=result,
        code=code,
        key=token_urlsafe(16),
        list_command=commands.list_terminals(),
        read_command=commands.read_picture(),
        verdicts=VERDICTS,
        words=words,
        fact=fact,
    )
