"""Malformed calls: each a problem below 500, and nothing half-written."""

import json
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from minzhengtong.idempotency.models import idempotency_record
from tests.web.api.test_scans import problem, scans_kept
from tests.world.facts import DESK, FARE, GATE, INSURED

PATH = "/api/v1/scans"
GOOD = {"code": "hello", "terminal_id": GATE, "wants": [FARE]}
TEXT = json.dumps(GOOD).encode()

MALFORMED = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'"text"',
    b"1",
    b"{'code': 1}",
    TEXT + b"x",
    TEXT.decode().encode("utf-16"),
    b"\xef\xbb\xbf" + TEXT,
    b'{"code": "\xff", "terminal_id": "a"}',
    b'{"code": "a", "code": "b", "terminal_id": "c"}',
    b'{"code": "\\u0000", "terminal_id": "a"}',
    b'{"code": "\\ud800", "terminal_id": "a"}',
    b'{"\\ud800": 1}',
    b'{"code": NaN}',
    b'{"code": -Infinity}',
    b'{"code": ' + b"9" * 5000 + b"}",
    b"[" * 30_000,
    b'{"a":' * 9_000,
    b'{"a": ' + b"[" * 17 + b"]" * 17 + b"}",
]


@pytest.mark.parametrize("data", MALFORMED, ids=range(len(MALFORMED)))
def test_a_body_that_is_not_a_json_object_is_malformed(house, gate, data) -> None:
    assert problem(gate.post(PATH, data)) == (400, "body_malformed")
    assert scans_kept(house) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"code": None},
        {"code": 5},
        {"code": ["a"]},
        {"terminal_id": None},
        {"terminal_id": {}},
        {"wants": {}},
        {"wants": ["pay"]},
        {"wants": [{}]},
        {"wants": [FARE | {"kind": "steal"}]},
        {"wants": [FARE | {"amount_fen": "200"}]},
        {"wants": [FARE | {"amount_fen": 2.5}]},
        {"wants": [FARE | {"amount_fen": 1e999}]},
        {"wants": [FARE | {"amount_fen": -1}]},
        {"wants": [FARE | {"amount_fen": 10**30}]},
        {"wants": [FARE | {"amount_fen": 0}]},
        {"wants": [FARE | {"subject": "x" * 61}]},
        {"wants": [FARE | {"to": "me"}]},
        {"wants": [FARE, FARE]},
        {"wants": [INSURED | {"claims": ["everything"]}]},
        {"wants": [INSURED | {"type": "passport"}]},
        {"wants": [{"kind": "predicate", "type": "senior-card"}] * 11},
        {"extra": 1},
    ],
)
def test_a_body_that_does_not_fit_the_model_is_invalid(house, gate, change) -> None:
    data = json.dumps(GOOD | change).replace("Infinity", "1e999").encode()
    assert problem(gate.post(PATH, data)) == (422, "body_invalid")
    assert scans_kept(house) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=gbk"},
        {"Content-Type": ""},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
def test_a_body_of_another_type_is_unsupported(gate, headers) -> None:
    answer = gate.call("POST", PATH, data=TEXT, headers={"Idempotency-Key": "k", **headers})
    assert problem(answer) == (415, "body_type_unsupported")


def test_a_body_that_is_too_large_is_refused(gate) -> None:
    assert problem(gate.post(PATH, GOOD | {"code": "x" * 70_000})) == (413, "body_too_large")
    chunked = {"Idempotency-Key": "k", "Content-Type": "application/json", "Transfer-Encoding": "chunked"}
    answer = gate.call("POST", PATH, data=b"x" * 70_000, headers=chunked)
    assert 400 <= problem(answer)[0] < 500


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_another_method_is_not_allowed(gate, method) -> None:
    answer = gate.call(method, PATH)
    assert problem(answer) == (405, "method_not_allowed")
    assert "POST" in answer.headers["Allow"]


def test_a_path_that_does_not_exist_is_not_found(gate) -> None:
    for path in ("/api/v1/", "/api/v2/scans", "/api/v1/scans/", "/api/%ff", "/api/v1/scans/a/b/c"):
        assert problem(gate.get(path)) == (404, "not_found")


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=x", "limit=1&limit=2", "limit=", "cursor=x", "cursor=", "other=1",
     "%ff=1", "cursor=pay_%00", "limit=1e1", "limit=" + "9" * 5000],
)  # fmt: skip
def test_a_query_that_does_not_fit_the_model_is_invalid(gate, query) -> None:
    assert problem(gate.get(f"/api/v1/payments?{query}")) == (400, "query_invalid")


def test_long_and_strange_texts_are_not_codes(house, gate) -> None:
    for text in (
        "",
        " ",
        "\n",
        "MZ1:",
        "x" * 8192,
        "MZ1:" + "z" * 180,
        "码" * 100,
        "🀄",
        "7" * 18,
        "78" + "０" * 16,
    ):
        said = gate.scan(text, FARE)
        assert (said.status_code, said.json["reason"]) == (201, "not_a_code"), text


def test_no_secret_of_the_caller_comes_back(house, gate) -> None:
    code = house.show().text
    for data in (
        json.dumps({"code": code, "terminal_id": 1}),
        json.dumps({"code": [code], "terminal_id": GATE}),
    ):
        assert code not in gate.post(PATH, data.encode()).text
    assert gate.token not in gate.call("GET", "/api/v1/payments?limit=x").text


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
_names = st.sampled_from(
    ["code", "terminal_id", "wants", "amount_fen", "subject", "reason", "type", "claims"]
)
_objects = st.dictionaries(_names | st.text(max_size=3), _values, max_size=5)
_bodies = _objects.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=200)
_paths = st.sampled_from(
    [PATH, f"{PATH}/x/payments", f"{PATH}/x/certificates", f"{PATH}/scan_{'0' * 24}/payments"]
)
_loose = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def count_answers(house) -> int:
    query = select(func.count()).select_from(idempotency_record)
    return int(house.ask(lambda conn: conn.execute(query).scalar()))


def test_any_body_gets_an_answer_below_500(house, gate) -> None:
    @_loose
    @given(path=_paths, data=_bodies)
    def any_body(path: str, data: bytes) -> None:
        answer = gate.post(path, data)
        assert answer.status_code == 201 or 400 <= answer.status_code < 500, answer.text

    any_body()
    assert scans_kept(house) == count_answers(house)


_header_text = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\x00"), max_size=60)


def test_any_headers_get_an_answer_below_500(house, gate) -> None:
    names = st.sampled_from(
        [
            "Authorization",
            "Idempotency-Key",
            "Content-Type",
            "Content-Encoding",
            "Accept",
            "Accept-Language",
            "Cookie",
        ]
    )

    @_loose
    @given(headers=st.dictionaries(names, _header_text, min_size=1, max_size=4))
    def any_headers(headers: dict[str, str]) -> None:
        complete = {"Idempotency-Key": "k", "Content-Type": "application/json", **headers}
        answer = gate.call("POST", PATH, data=TEXT, headers=complete)
        assert answer.status_code == 201 or 400 <= answer.status_code < 500, answer.text

    any_headers()


def test_any_query_and_path_get_an_answer_below_500(house, gate) -> None:
    @_loose
    @given(path=st.binary(max_size=30), query=st.binary(max_size=30))
    def anything(path: bytes, query: bytes) -> None:
        for where in (f"/api/v1/scans/{quote(path)}", "/api/v1/payments"):
            answer = gate.call("GET", where, query_string=quote(query, safe="=&+%"))
            assert answer.status_code < 500, answer.text

    anything()


def test_a_desk_cannot_charge_through_a_broken_session_call(house, desk) -> None:
    made = desk.scan(house.show().text, at=DESK).json
    for body in (
        {"amount_fen": 1},
        {"amount_fen": 0, "subject": "a"},
        {"amount_fen": 1, "subject": "a", "to": "b"},
    ):
        answer = desk.post(f"{PATH}/{made['id']}/payments", body)
        assert problem(answer) == (422, "body_invalid")
