"""The lists of payments, the sums of the ledger, and the published keys."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc.jwk import OKPKey

from minzhengtong.bench.client import CLIENT_ID
from minzhengtong.codes.cose import CodeVerifier
from tests.web.api.test_scans import problem
from tests.world.facts import DESK, FARE, PLATFORM

SUMMARY, TERMINALS = "/api/v1/ledger/summary", "/api/v1/bench/terminals"


def test_an_app_pages_through_its_own_payments(house, gate, desk) -> None:
    made = []
    for fen in range(1, 6):
        house.runtime.clock.advance(1)
        made.append(
            gate.scan(house.show().text, FARE | {"amount_fen": fen}, key=f"ride-{fen}").json["payment"]
        )
    desk.scan(house.show().text, FARE, at=DESK)
    first = gate.get("/api/v1/payments?limit=3").json
    rest = gate.get(f"/api/v1/payments?limit=3&cursor={first['next_cursor']}").json
    listed = first["payments"] + rest["payments"]
    assert [one["amount_fen"] for one in listed] == [5, 4, 3, 2, 1]
    assert [one["idempotency_key"] for one in listed] == [f"ride-{fen}" for fen in (5, 4, 3, 2, 1)]
    assert {name: listed[-1][name] for name in made[0]} == made[0]
    assert rest["next_cursor"] is None
    assert "payer" not in str(first)
    assert problem(house.terminal("transit", "code.verify:transit").get("/api/v1/payments"))[0] == 403


def test_only_an_auditor_or_a_token_with_the_scope_reads_the_ledger(house, gate) -> None:
    gate.scan(house.show().text, FARE)
    reader = house.caller(CLIENT_ID, "ledger.read")
    auditor, citizen = house.person("lu"), house.person("lin")
    for said in (reader.get(SUMMARY), auditor.get(SUMMARY)):
        assert said.status_code == 200
        facts = {"payments": 1, "collectors_fen": 200, "sum_fen": 0, "unpaid_payments": 0, "faults": []}
        assert {name: said.get_json()[name] for name in facts} == facts
    assert problem(gate.get(SUMMARY)) == (403, "scope_not_granted")
    assert problem(citizen.get(SUMMARY)) == (403, "role_missing")
    assert problem(house.browser().get(SUMMARY)) == (401, "not_authenticated")


@pytest.mark.parametrize(("scope", "path"), [("ledger.read", SUMMARY), ("bench.scan", TERMINALS)])
def test_an_apps_token_is_worth_nothing_for_the_platforms_scopes(house, scope, path) -> None:
    assert problem(house.terminal("transit", scope).get(path)) == (403, "scope_not_granted")


def test_the_published_keys_verify_a_code(house) -> None:
    published = house.platform.test_client().get("/api/v1/codes/keys", base_url=PLATFORM).json["keys"]
    assert len(published) == 10
    keys: dict[bytes, tuple[Ed25519PublicKey, str]] = {}
    for jwk in published:
        assert "d" not in jwk
        public = OKPKey.import_key({name: jwk[name] for name in ("kty", "crv", "x")}).public_key
        assert isinstance(public, Ed25519PublicKey)
        keys[bytes.fromhex(jwk["kid"])] = (public, jwk["region"])
    now_s = int(house.runtime.clock.now().timestamp())
    assert CodeVerifier(keys).verify(house.show().text, now_s).aud == "350100"
