"""Two processes race for what only one may have: codes, money, sign-ins; and freezing wins at once."""

import json
from collections.abc import Iterator
from functools import partial
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from sqlalchemy import func, select

from minzhengtong.access.consent import consented_scopes
from minzhengtong.audit.log import entries_of_person
from minzhengtong.oidc.models import access_token
from minzhengtong.payments.ledger import balance_fen
from minzhengtong.payments.summary import summary
from minzhengtong.registration.client_secret import client_secret
from tests.faults.racing import Pair, at_once, pair, race_for_codes
from tests.faults.wire import FORM, GATE, TRANSIT, Answer, Phone, Wire, authorize_url, basic, fare
from tests.web.oidc.party import VERIFIER


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def two(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with pair(request.param, tmp_path_factory.mktemp("pair")) as running:
        yield running


@pytest.fixture
def lin(two: Pair) -> Iterator[Phone]:
    with Phone(two.servers[0].port, "lin") as phone:
        yield phone


def test_of_four_scanners_one_wins_each_code(two: Pair) -> None:
    with two.runtime.db.read() as conn:
        before = summary(conn).payments
    race_for_codes(two, 50, before=before)


def test_a_balance_is_spent_to_the_last_fen_and_no_further(two: Pair) -> None:
    with two.runtime.db.read() as conn:
        left = balance_fen(conn, "per_zheng")
    while left:
        scans = [two.gates[0].scan(_scan_only(code), f"open-{code}").json for code in two.codes("zheng", 4)]
        body = json.dumps({"amount_fen": left // 2 + 1, "subject": "1 路公交"}).encode()
        paths = [f"/api/v1/scans/{scan['id']}/payments" for scan in scans]
        said = at_once(*(partial(gate.post, path, body) for gate, path in zip(two.gates, paths, strict=True)))
        outcomes = sorted(answer.json["reason"] or "paid" for answer in said)
        assert outcomes == ["insufficient_balance"] * 3 + ["paid"]
        left -= left // 2 + 1
        with two.runtime.db.read() as conn:
            assert balance_fen(conn, "per_zheng") == left


def _scan_only(code: str) -> bytes:
    return json.dumps({"code": code, "terminal_id": GATE, "wants": []}).encode()


def test_a_freeze_holds_in_the_other_process_from_its_answer_on(two: Pair, lin: Phone) -> None:
    for number in range(10):
        body, gate = fare(two.codes("lin", 1)[0], 1), two.gates[1]
        frozen, scanned = at_once(
            partial(lin.post, "/code/freeze"), partial(gate.scan, body, f"cold-{number}")
        )
        assert frozen.status == 303
        assert scanned.json["reason"] in (None, "account_frozen")
        late = two.codes("lin", 1)[0]
        assert gate.scan(fare(late, 1), f"colder-{number}").json["reason"] == "account_frozen"
        assert lin.post("/code/unfreeze").status == 303
        assert gate.scan(fare(late, 1), f"warm-{number}").json["verdict"] == "pass"


def test_a_charge_within_a_scan_comes_before_a_freeze_or_not_at_all(two: Pair, lin: Phone) -> None:
    body, reasons = json.dumps({"amount_fen": 1, "subject": "1 路公交"}).encode(), set()
    for number in range(10):
        codes = two.codes("lin", 2)
        scans = [two.gates[1].scan(_scan_only(code), f"open-{code}").json["id"] for code in codes]
        paths = [f"/api/v1/scans/{scan}/payments" for scan in scans]
        charge = partial(two.gates[1].post, paths[0], body)
        calls = (partial(lin.post, "/code/freeze"), charge)
        done = at_once(*(calls if number % 2 else reversed(calls)))
        charged = next(one for one in done if one.status == 201)
        reasons.add(charged.json["reason"])
        with two.runtime.db.read() as conn:
            left = balance_fen(conn, "per_lin")
        late = two.gates[1].post(paths[1], body).json
        assert late["reason"] == "account_frozen"
        assert lin.post("/code/unfreeze").status == 303
        with two.runtime.db.read() as conn:
            assert balance_fen(conn, "per_lin") == left
    assert reasons <= {None, "account_frozen"}


def test_an_authorization_code_gives_one_token(two: Pair, lin: Phone) -> None:
    for _ in range(5):
        body = redemption(lin, code_for(lin))
        said = at_once(*(partial(redeem, two, gate, body) for gate in two.gates))
        assert sorted(answer.status for answer in said) == [200, 400, 400, 400]


def code_for(lin: Phone) -> str:
    """Let the bus company's app have a code."""
    answer = lin.get(authorize_url(lin.port))
    if "/oauth/consent/" in (sheet := answer.headers["Location"]):
        lin.get(sheet)
        answer = lin.post(sheet, answer="yes")
    return code_in(answer)


def code_in(answer: Answer) -> str:
    return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


def redemption(lin: Phone, code: str) -> bytes:
    redirect_uri = f"http://transit.localhost:{lin.port}/oidc/callback"
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    return urlencode(form | {"code_verifier": VERIFIER}).encode()


def redeem(two: Pair, wire: Wire, body: bytes) -> Answer:
    secret = client_secret(two.runtime.keyring, TRANSIT)
    return wire.ask("POST", "/oauth/token", body, Authorization=basic(secret), Content_Type=FORM)


def live_tokens(two: Pair) -> int:
    """By how many tokens the bus company's app can read her data."""
    hers = (access_token.c.person_id == "per_lin", access_token.c.client_id == TRANSIT)
    query = select(func.count()).where(*hers, access_token.c.revoked_at.is_(None))
    with two.runtime.db.read() as conn:
        return conn.execute(query).scalar_one()


def test_two_consents_and_a_revocation_leave_one_consent_or_none(two: Pair, lin: Phone) -> None:
    port = two.servers[0].port
    lin.get(authorize_url(port, prompt="consent"))  # from now on her cookie names her browser
    with lin.beside(two.servers[1].port) as other, lin.beside(port) as third:
        for _ in range(5):
            sheets = [lin.get(authorize_url(port, prompt="consent")).headers["Location"] for _ in range(2)]
            lin.get(sheets[0])
            said = at_once(
                partial(lin.post, sheets[0], answer="yes"),
                partial(other.post, sheets[1], answer="yes"),
                partial(third.post, f"/me/consents/{TRANSIT}/revoke"),
            )
            assert [answer.status for answer in said] == [303] * 3
            with two.runtime.db.read() as conn:
                allowed = consented_scopes(conn, two.runtime.clock.now(), "per_lin", TRANSIT)
            assert allowed in ((), ("profile.name",))
            codes = [code_in(answer) for answer in said[:2]]
            got = [redeem(two, two.gates[1], redemption(lin, code)).status for code in codes]
            assert got == ([200, 200] if allowed else [400, 400])
            assert allowed or not live_tokens(two)


def test_a_code_redeemed_while_its_consent_is_taken_back_leaves_no_token(two: Pair, lin: Phone) -> None:
    outcomes = set()
    for _ in range(10):
        bodies = [redemption(lin, code_for(lin)) for _ in two.gates]
        *said, taken_back = at_once(
            *(partial(redeem, two, gate, body) for gate, body in zip(two.gates, bodies, strict=True)),
            partial(lin.post, f"/me/consents/{TRANSIT}/revoke"),
        )
        assert taken_back.status == 303
        assert live_tokens(two) == 0
        outcomes |= {answer.status for answer in said}
    assert outcomes <= {200, 400}


def test_a_login_during_a_logout_succeeds_unless_the_logout_came_last(two: Pair) -> None:
    here, there = (server.port for server in two.servers)
    for _ in range(30):
        with Phone(here, "chen") as chen, chen.beside(there) as other:
            said = at_once(
                partial(other.post, "/logout"), partial(chen.post, "/login/persona", persona="chen")
            )
            assert [answer.status for answer in said] == [303, 303]
            with two.runtime.db.read() as conn:
                last = entries_of_person(conn, "per_chen", limit=1)[0].action
            assert last in ("session.started", "session.renewed", "session.ended")
            assert chen.get("/me").status == (302 if last == "session.ended" else 200)
