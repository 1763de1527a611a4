"""Terminals whose app handles a scan: the gate, the desk, and apps whose handler fails."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from minzhengtong.codes.cose import CodeScope
from minzhengtong.codes.issue import issue_code
from minzhengtong.demo.personas import load_personas
from minzhengtong.hosting.apps import HostedApps
from minzhengtong.hosting.ask import AppAnswer, ask_handler, has_handler
from minzhengtong.oidc.models import oauth_client
from minzhengtong.payments.ledger import balance_fen
from minzhengtong.places.divisions import region_of
from minzhengtong.registry.apps import AppState, set_state
from minzhengtong.registry.terminals import terminal_by_id
from minzhengtong.runtime import Runtime
from minzhengtong.web.platform import create_platform
from tests.world.apps import write_app
from tests.world.facts import CLINIC, TRANSIT
from tests.world.world import World

GATE, DESK = "fuzhou-bus-1-gate", "fuzhou-clinic-desk"
HANDLER = """
import sys
from minzhengtong.sdk import MiniApp, Scan
app = MiniApp(__name__)

@app.on_scan("gate")
def board(scan: Scan) -> str:
    {body}
"""


@dataclass
class Terminals:
    """Every terminal of a simulator, as the bench uses them."""

    runtime: Runtime
    hosted: HostedApps

    def code(self, persona: str) -> str:
        """A fresh code of a persona."""
        person = next(entry for entry in load_personas().people if entry.key == persona)
        scope, now = CodeScope.PAY | CodeScope.CERTIFICATES, self.runtime.clock.now()
        with self.runtime.db.write() as conn:
            keys = self.runtime.keyring.current(conn)
            return issue_code(conn, now, keys, person.person_id, region_of(person.home), scope).text

    def ask(self, terminal_id: str, code: str, key: str = "key-1") -> AppAnswer:
        with self.runtime.db.read() as conn:
            terminal = terminal_by_id(conn, terminal_id)
        return ask_handler(self.runtime, self.hosted, terminal, code, key)

    def scan(self, terminal_id: str, persona: str) -> tuple[dict[str, Any], str]:
        """The scan and the screen, when the app had an answer."""
        answer = self.ask(terminal_id, self.code(persona))
        assert answer.problem is None
        assert answer.scan is not None
        return answer.scan, answer.screen

    def balance(self, persona: str) -> int:
        with self.runtime.db.read() as conn:
            return balance_fen(conn, f"per_{persona}")


def at(world: World) -> Terminals:
    return Terminals(world.runtime, HostedApps(world.runtime, create_platform(world.runtime)))


@pytest.fixture
def terminals(world: World) -> Terminals:
    return at(world)


def test_the_gate_takes_the_fare_and_the_app_keeps_the_ride(world: World, terminals: Terminals) -> None:
    scan, screen = terminals.scan(GATE, "lin")
    assert (scan["verdict"], scan["payment"]["amount_fen"], "¥2.00" in screen) == ("pass", 200, True)
    assert scan["predicates"] == [{"type": "senior-card", "answer": False}]
    assert terminals.balance("lin") == 50_000 - 200
    lin = world.person("lin")
    assert "1 路公交" in lin.open_app(TRANSIT + "/").text
    assert "还没有乘车记录" in world.person("chen").open_app(TRANSIT + "/").text


def test_a_senior_rides_free_and_the_receipt_says_why(world: World, terminals: Terminals) -> None:
    scan, _ = terminals.scan(GATE, "chen")
    assert (scan["payment"]["amount_fen"], scan["payment"]["reason"]) == (0, "敬老证免费乘车")
    assert scan["predicates"] == [{"type": "senior-card", "answer": True}]
    assert scan["certificates"] == []
    assert terminals.balance("chen") == 20_000
    assert "敬老证免费乘车" in world.person("chen").open_app(TRANSIT + "/").text


def test_the_desk_sees_named_fields_and_is_paid_in_the_same_scan(world: World, terminals: Terminals) -> None:
    lin = world.person("lin")
    lin.open_app(CLINIC + "/")
    assert "到窗口出示一码通" in lin.submit("/visits", department="眼科").text
    scan, screen = terminals.scan(DESK, "lin")
    (shown,) = scan["certificates"]
    assert set(shown["claims"]) == {"name", "insured_place"}
    assert (scan["payment"]["amount_fen"], screen) == (1000, "医保已核验，已缴费")
    paid = lin.get(CLINIC + "/").text
    assert ("已缴费" in paid, "到窗口出示一码通" in paid) == (True, False)


def test_the_desk_charges_for_a_registration_only(terminals: Terminals) -> None:
    before = terminals.balance("lin")
    scan, screen = terminals.scan(DESK, "lin")
    assert (scan["verdict"], scan["payment"], "没有待缴费的挂号" in screen) == ("pass", None, True)
    assert terminals.balance("lin") == before


@pytest.mark.parametrize(
    ("terminal_id", "persona", "reason"),
    [
        (GATE, "wu", "insufficient_balance"),
        (GATE, "he", "account_frozen"),
        (DESK, "huang", "certificate_missing"),
        (DESK, "zheng", "certificate_revoked"),
    ],
)
def test_a_refusal_shows_nothing_and_charges_nothing(
    terminals: Terminals, terminal_id: str, persona: str, reason: str
) -> None:
    before = terminals.balance(persona)
    scan, screen = terminals.scan(terminal_id, persona)
    assert (scan["verdict"], scan["reason"], scan["payment"], screen) == ("refused", reason, None, "")
    assert terminals.balance(persona) == before


def test_a_code_works_once_and_the_same_key_gives_the_same_answer(terminals: Terminals) -> None:
    code = terminals.code("lin")
    first, again, other = (terminals.ask(GATE, code, key) for key in ("a", "a", "b"))
    assert first.scan == again.scan
    assert other.scan is not None
    assert other.scan["reason"] == "already_used"
    assert terminals.balance("lin") == 50_000 - 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("raise RuntimeError('a secret')", "app_failed"),
        ("sys.exit(1)", "app_failed"),
        ("return scan.certificate('senior-card')['name']", "app_failed"),
        ("scan.charge(-1, subject='x'); return ''", "body_invalid"),
        ("scan.charge(0, subject='x'); return ''", "body_invalid"),
    ],
)
def test_when_the_handler_fails_nothing_is_charged_and_the_answer_says_so(
    runtime: Runtime, tmp_path: Path, body: str, code: str
) -> None:
    folder = write_app(tmp_path / "apps", "fresh", HANDLER.format(body=body))
    terminals = at(World.open(runtime, folder))
    answer = terminals.ask("fresh-gate", terminals.code("lin"))
    assert answer.scan is None
    assert answer.problem is not None
    assert answer.problem["code"] == code
    assert "secret" not in str(answer)
    assert terminals.balance("lin") == 50_000


def test_an_app_without_the_scope_is_refused_by_the_platform(runtime: Runtime, tmp_path: Path) -> None:
    body = "scan.charge(100, subject='x'); return ''"
    world = World.open(runtime, write_app(tmp_path / "apps", "fresh", HANDLER.format(body=body)))
    with runtime.db.write() as conn:
        narrow = "openid code.verify:transit cert.verify:senior-card"
        changed = oauth_client.update().where(oauth_client.c.client_id == "example.tests.fresh")
        conn.execute(changed.values(scope=narrow))
    terminals = at(world)
    answer = terminals.ask("fresh-gate", terminals.code("lin"))
    assert answer.problem is not None
    assert answer.problem["code"] == "scope_not_granted"
    assert terminals.balance("lin") == 50_000


def test_which_terminals_have_a_handler(runtime: Runtime, tmp_path: Path) -> None:
    code = "from minzhengtong.sdk import MiniApp\napp = MiniApp(__name__)\n"
    terminals = at(World.open(runtime, write_app(tmp_path / "apps", "plain", code)))
    with runtime.db.read() as conn:
        gate, plain = terminal_by_id(conn, GATE), terminal_by_id(conn, "plain-gate")
    assert has_handler(terminals.hosted, gate)
    assert not has_handler(terminals.hosted, plain)
    assert terminals.ask("plain-gate", "x").problem == {"code": "no_handler", "expected": "", "received": ""}


def test_an_app_that_is_off_says_so_at_its_terminal(world: World, terminals: Terminals) -> None:
    with world.runtime.db.write() as conn:
        now = world.runtime.clock.now()
        set_state(conn, now, "example.fuzhou.transit", AppState.QUARANTINED, "SyntaxError: line 3")
    answer = terminals.ask(GATE, terminals.code("lin"))
    assert answer.problem is not None
    assert (answer.problem["code"], answer.problem["received"]) == ("app_down", "SyntaxError: line 3")
