"""Hostile requests to every route: never our own mistake, never slow, and the books still add up."""

import pytest

from minzhengtong.audit.seal import verify_chain
from minzhengtong.payments.summary import summary
from minzhengtong.runtime import Runtime
from tests.faults.hostile import Hostile
from tests.world.facts import PLATFORM
from tests.world.world import World

pytestmark = pytest.mark.engines("sqlite", "postgresql")

SHOTS = 500


def test_every_hostile_request_gets_a_calm_answer(runtime: Runtime) -> None:
    hostile = Hostile(World.of(runtime), seed=1)
    hostile.shoot(SHOTS)
    assert hostile.faults == []
    assert min(hostile.let_in[kind] for kind in ("page", "form", "call")) > SHOTS / 100, hostile.let_in
    with runtime.db.snapshot() as conn:
        proof = summary(conn)
        assert (proof.sum_fen, proof.unpaid_payments, proof.faults) == (0, 0, ())
        assert verify_chain(conn).fault == ""


def test_a_form_whose_part_has_no_name_is_refused(runtime: Runtime) -> None:
    house = World.of(runtime)
    body = b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n"
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    for path in ("/login", "/login/persona", "/language", "/oauth/token", "/oauth/authorize"):
        answer = house.browser().post(f"{PLATFORM}{path}", body, **form)
        assert answer.status_code == 400, path


def test_a_path_with_control_characters_leads_nowhere(runtime: Runtime) -> None:
    lin = World.of(runtime).person("lin")
    for path in ("/receipts/", "/wallet/", "/services/", "/oauth/consent/", "/api/v1/scans/"):
        for part in ("%00", "pay_%00", "%0a", "%7f"):
            assert lin.look(f"http://localhost:8000{path}{part}").status_code == 404, path + part
