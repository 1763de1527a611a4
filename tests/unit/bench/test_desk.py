"""The desk and the apps: which app it calls, what it keeps, what it answers when an app fails."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select

from minzhengtong.access.authorize import ScopeNotGranted
from minzhengtong.bench.answer import DeskAnswer
from minzhengtong.bench.desk import Desk, Offer
from minzhengtong.codes.cose import CodeScope
from minzhengtong.codes.draw import draw_png
from minzhengtong.codes.issue import issue_code
from minzhengtong.hosting.apps import HostedApps
from minzhengtong.idempotency.answers import IdempotencyKeyReused
from minzhengtong.payments.ledger import balance_fen
from minzhengtong.payments.models import payment
from minzhengtong.registry.apps import AppState, set_state
from minzhengtong.registry.terminals import TerminalUnknown
from minzhengtong.runtime import Runtime
from minzhengtong.scans.models import scan
from minzhengtong.wants.wants import CertificateWant, PayWant, PredicateWant, Want
from minzhengtong.web.platform import create_platform
from tests.world.apps import write_app
from tests.world.world import World

GATE = "fuzhou-bus-1-gate"
START_FEN = 50_000
INSURED: list[Want] = [CertificateWant(kind="certificate", type="medical-insurance", claims=["name"])]
FAILING = """
from minzhengtong.sdk import MiniApp, Scan
app = MiniApp(__name__)

@app.on_scan("gate")
def board(scan: Scan) -> str:
    {before}
    raise RuntimeError("no paper in the printer")
"""


@dataclass
class Bench:
    """A tester at the desk of a seeded simulator, and Lin with her phone."""

    runtime: Runtime
    desk: Desk

    @classmethod
    def at(cls, runtime: Runtime) -> "Bench":
        return cls(runtime, Desk(runtime, HostedApps(runtime, create_platform(runtime)), "per_qiu"))

    def code(self) -> str:
        """Lin's next code."""
        now, scope = self.runtime.clock.now(), CodeScope.PAY | CodeScope.CERTIFICATES
        with self.runtime.db.write() as conn:
            return issue_code(conn, now, self.runtime.keyring.current(conn), "per_lin", "350100", scope).text

    def scan(self, code: str, key: str = "k", at: str = GATE, **offer: Any) -> DeskAnswer:
        return self.desk.scan_once(Offer(at, code, **offer), key)

    def paid_fen(self) -> int:
        with self.runtime.db.read() as conn:
            return START_FEN - balance_fen(conn, "per_lin")

    def count(self, table: Any) -> int:
        with self.runtime.db.read() as conn:
            return int(conn.execute(select(func.count()).select_from(table)).scalar_one())


@pytest.fixture
def bench(runtime: Runtime) -> Bench:
    return Bench.at(runtime)


def outcomes(answer: DeskAnswer) -> dict[str, str]:
    return {step.step: step.outcome for step in answer.steps}


def test_the_terminals_app_decides_the_fare(bench: Bench) -> None:
    answer = bench.scan(bench.code())
    assert (answer.verdict, answer.reason, answer.terminal.app_id) == ("pass", None, "example.fuzhou.transit")
    assert answer.scan
    assert answer.scan.payment
    assert (answer.scan.payment.amount_fen, bench.paid_fen()) == (200, 200)
    assert "¥2.00" in answer.screen


def test_reading_the_picture_is_the_first_step(bench: Bench) -> None:
    answer = bench.scan("", picture=draw_png(bench.code()))
    assert (answer.verdict, outcomes(answer)["picture"]) == ("pass", "ok")


def test_no_scan_is_made_of_a_picture_without_a_code(bench: Bench) -> None:
    blank = BytesIO()
    Image.new("L", (300, 300), 255).save(blank, "PNG")
    answer = bench.scan("", picture=blank.getvalue())
    assert (answer.verdict, answer.reason, answer.scan) == ("refused", "picture_unreadable", None)
    assert outcomes(answer) == dict.fromkeys(outcomes(answer), "skipped") | {"picture": "refused"}
    assert bench.count(scan) == 0


def test_the_same_key_scans_once(bench: Bench) -> None:
    code = bench.code()
    assert bench.scan(code) == bench.scan(code)
    assert (bench.paid_fen(), bench.count(payment)) == (200, 1)
    with pytest.raises(IdempotencyKeyReused):
        bench.scan(bench.code())
    assert bench.scan(code, "another key").reason == "already_used"


def test_with_wants_the_app_is_not_called(bench: Bench) -> None:
    wants: list[Want] = [
        PredicateWant(kind="predicate", type="senior-card"),
        PayWant(kind="pay", amount_fen=150, subject="试乘"),
    ]
    code = bench.code()
    answer = bench.scan(code, wants=wants)
    assert (answer.verdict, answer.screen, bench.paid_fen()) == ("pass", "", 150)
    assert bench.scan(code, wants=wants) == answer


def test_wants_beyond_the_apps_scopes_spend_nothing(bench: Bench) -> None:
    code = bench.code()
    with pytest.raises(ScopeNotGranted):
        bench.scan(code, wants=INSURED)
    assert bench.count(scan) == 0
    assert bench.scan(code).verdict == "pass"


@pytest.mark.parametrize("terminal", ["no-such-gate", "", "../gate", "gate\0", "闸机", "g" * 64])
def test_an_unknown_terminal_spends_nothing(bench: Bench, terminal: str) -> None:
    with pytest.raises(TerminalUnknown):
        bench.scan(bench.code(), at=terminal)
    assert bench.count(scan) == 0


def test_an_app_that_is_off_spends_nothing(bench: Bench) -> None:
    with bench.runtime.db.write() as conn:
        now = bench.runtime.clock.now()
        set_state(conn, now, "example.fuzhou.transit", AppState.SUSPENDED, "under review")
    answer = bench.scan(bench.code(), wants=[])
    assert (answer.verdict, answer.reason, answer.received) == ("refused", "app_down", "under review")
    assert bench.count(scan) == 0


def test_an_app_that_fails_before_charging_leaves_a_spent_code(runtime: Runtime, tmp_path: Path) -> None:
    folder = write_app(tmp_path / "apps", "fresh", FAILING.format(before=""))
    bench = Bench.at(World.open(runtime, folder).runtime)
    answer = bench.scan(bench.code(), at="fresh-gate")
    assert (answer.verdict, answer.reason) == ("refused", "app_failed")
    assert (outcomes(answer)["spend"], outcomes(answer)["money"]) == ("ok", "skipped")
    assert answer.scan
    assert answer.scan.payment is None
    assert bench.paid_fen() == 0


def test_the_scan_of_an_app_that_fails_after_charging_is_shown(runtime: Runtime, tmp_path: Path) -> None:
    folder = write_app(tmp_path / "apps", "fresh", FAILING.format(before="scan.charge(300, subject='x')"))
    bench = Bench.at(World.open(runtime, folder).runtime)
    answer = bench.scan(bench.code(), at="fresh-gate")
    assert answer.reason == "app_failed"
    assert answer.scan
    assert answer.scan.payment
    assert (answer.scan.payment.amount_fen, bench.paid_fen()) == (300, 300)


def test_two_testers_race_for_one_code(bench: Bench) -> None:
    offer = Offer(GATE, bench.code(), wants=[PayWant(kind="pay", amount_fen=200, subject="1 路公交")])
    desks = [Desk(bench.runtime, bench.desk.hosted, name) for name in ("a", "b", "a", "b")]
    with ThreadPoolExecutor(len(desks)) as pool:
        answers = list(pool.map(lambda desk: desk.scan_once(offer, "k"), desks))
    assert sorted(answer.verdict for answer in answers) == ["pass", "pass", "refused", "refused"]
    assert answers[:2] == answers[2:]  # a tester's second try is the first one's answer
    assert (bench.count(payment), bench.paid_fen()) == (1, 200)
