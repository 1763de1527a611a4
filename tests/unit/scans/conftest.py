"""A seeded house with two terminals, and people who show codes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from minzhengtong.codes.cose import CodeScope
from minzhengtong.codes.issue import ShownCode, issue_code
from minzhengtong.db.database import Database
from minzhengtong.keys.keyring import Keys
from minzhengtong.registry.manifest import OperatorScope
from minzhengtong.registry.terminals import Terminal
from minzhengtong.runtime import Runtime
from minzhengtong.scans.outcome import Scan
from minzhengtong.scans.reading import read_code
from minzhengtong.scans.scan import scan_code
from tests.world.facts import wants

PAY_AND_PROVE = CodeScope.PAY | CodeScope.CERTIFICATES


def make_terminal(app: str, **changes: Any) -> Terminal:
    facts: dict[str, Any] = {"id": f"{app}-1", "app_id": f"example.fuzhou.{app}", "kind": "gate"}
    facts |= {"app_name": app, "app_name_en": app, "name": app, "name_en": app, "region": "350100"}
    facts |= {"wants": (), "code_scope": f"code.verify:{app}", "operator_scopes": ()}
    return Terminal(**facts | changes)


GATE = make_terminal("transit", operator_scopes=(OperatorScope(name="cert.verify:senior-card"),))
INSURANCE = OperatorScope(name="cert.verify:medical-insurance", claims=("name", "insured_place"))
DESK = make_terminal("clinic", operator_scopes=(INSURANCE,))


@dataclass
class House:
    """A database with the demo people in it, its keys, and its time."""

    db: Database
    keys: Keys
    now: datetime

    def show(self, person: str = "lin", scope: CodeScope = PAY_AND_PROVE) -> ShownCode:
        with self.db.write() as conn:
            return issue_code(conn, self.now, self.keys, f"per_{person}", "350100", scope)

    def scan(self, code: str, *items: dict[str, Any], terminal: Terminal = GATE) -> Scan:
        reading = read_code(self.keys, self.now, code)
        with self.db.write() as conn:
            return scan_code(conn, self.now, terminal, reading, wants(*items), idempotency_key="k")

    def ask(self, question: Callable[..., Any], *args: Any) -> Any:
        with self.db.read() as conn:
            return question(conn, *args)


@pytest.fixture
def house(runtime: Runtime, now: datetime) -> House:
    return House(runtime.db, runtime.keys(), now)
