"""The bench's API: who may call it, what it answers, and how it refuses what is malformed."""

import json
from base64 import b64encode
from io import BytesIO
from typing import Any

import pytest
from werkzeug.test import TestResponse

from minzhengtong.codes.draw import draw_png
from tests.web.bench.conftest import BASE, GATE, House, Visitor

SCANS = "/api/v1/bench/scans"


def body_of(answer: TestResponse) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.data)
    return found


def test_terminals_of_all_apps(house: House) -> None:
    found = body_of(house.call("GET", "terminals", house.token()))["terminals"]
    assert {terminal["id"] for terminal in found} == {GATE, "fuzhou-clinic-desk"}
    assert found[0].keys() == {
        "id", "name", "name_en", "region", "kind", "app_id", "app_name", "app_name_en",
    }  # fmt: skip


def test_a_picture_in_json_is_scanned_once(house: House) -> None:
    body = {"terminal_id": GATE, "picture": b64encode(draw_png(house.code())).decode()}
    token, headers = house.token(), {"Idempotency-Key": "one"}
    first = house.call("POST", "scans", token, json=body, headers=headers)
    assert (first.status_code, body_of(first)["verdict"], body_of(first)["steps"][0]["outcome"]) == (
        201,
        "pass",
        "ok",
    )
    assert house.call("POST", "scans", token, json=body, headers=headers).data == first.data
    other = house.call("POST", "scans", token, json=body | {"terminal_id": "x"}, headers=headers)
    assert (other.status_code, body_of(other)["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("kind", ["image/png", "multipart/form-data"])
def test_a_picture_is_read_and_nothing_spent(house: House, kind: str) -> None:
    code = house.code()
    picture = draw_png(code)
    data: Any = {"picture": (BytesIO(picture), "c.png")} if kind.startswith("multi") else picture
    answer = house.call("POST", "pictures", house.token(), data=data, content_type=kind)
    assert answer.json == {"text": code, "reason": None, "expected": None, "received": None}
    scanned = house.call("POST", "scans", house.token(), json={"terminal_id": GATE, "code": code})
    assert body_of(scanned)["verdict"] == "pass"


def test_a_tester_calls_with_her_session_and_form_token(house: House, qiu: Visitor) -> None:
    body = {"terminal_id": GATE, "code": house.code()}
    headers = {"Idempotency-Key": "k"}
    bare = qiu.client.post(SCANS, base_url=BASE, json=body, headers=headers)
    assert (bare.status_code, body_of(bare)["code"]) == (400, "csrf_failed")
    answer = qiu.client.post(SCANS, base_url=BASE, json=body, headers=headers | {"X-CSRFToken": qiu.csrf})
    assert (answer.status_code, body_of(answer)["verdict"]) == (201, "pass")
    frame = qiu.client.post(
        "/api/v1/bench/pictures",
        base_url=BASE,
        data=b"\xff\xd8\xff\xe0",
        content_type="image/jpeg",
        headers={"X-CSRFToken": qiu.csrf},
    )
    assert (frame.status_code, body_of(frame)["reason"]) == (200, "picture_unreadable")


def test_other_callers_are_refused(house: House) -> None:
    lin, nobody = house.visitor("lin"), house.visitor()
    for path in ("terminals", "scans", "pictures"):
        method = "GET" if path == "terminals" else "POST"
        headers = {"X-CSRFToken": lin.csrf}
        address = f"/api/v1/bench/{path}"
        settings: dict[str, Any] = {"base_url": BASE, "json": {}} if method == "POST" else {"base_url": BASE}
        assert lin.client.open(address, method=method, headers=headers, **settings).status_code == 403
        assert nobody.client.open(address, method=method, **settings).status_code == 401
        assert house.call(method, path, "no-such-token", json={}).status_code == 401
        narrow = house.call(method, path, house.token("ledger.read"), json={})
        assert (narrow.status_code, body_of(narrow)["code"]) == (403, "scope_not_granted")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "body_invalid"),
        ({"terminal_id": GATE}, 422, "body_invalid"),
        ({"terminal_id": GATE, "code": "x", "picture": ""}, 422, "body_invalid"),
        ({"terminal_id": GATE, "code": 5}, 422, "body_invalid"),
        ({"terminal_id": GATE, "code": "x" * 10_001}, 422, "body_invalid"),
        ({"terminal_id": GATE, "code": "x\0"}, 400, "body_malformed"),
        ({"terminal_id": GATE, "code": "x", "extra": 1}, 422, "body_invalid"),
        ({"terminal_id": GATE, "code": "x", "wants": [{"kind": "fly"}]}, 422, "body_invalid"),
        ({"terminal_id": GATE, "picture": "not base64!"}, 400, "invalid_input"),
        ({"terminal_id": GATE, "picture": "图"}, 400, "invalid_input"),
        ({"terminal_id": "gate 9", "code": "x"}, 404, "terminal_unknown"),
    ],
)
def test_a_malformed_scan(house: House, body: dict[str, object], status: int, code: str) -> None:
    answer = house.call("POST", "scans", house.token(), json=body)
    assert (answer.status_code, body_of(answer)["code"]) == (status, code)
    assert answer.mimetype == "application/problem+json"


TWO_PARTS = (
    b'--x\r\nContent-Disposition: form-data; name="picture"; filename="a.png"\r\n\r\nx\r\n'
    b'--x\r\nContent-Disposition: form-data; name="more"\r\n\r\nx\r\n--x--\r\n'
)


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"data": b"x", "content_type": "image/gif"}, "body_type_unsupported"),
        ({"data": b"x"}, "body_type_unsupported"),
        ({"data": {"file": "x"}, "content_type": "multipart/form-data"}, "invalid_input"),
        ({"data": b"--", "content_type": "multipart/form-data"}, "invalid_input"),
        ({"data": TWO_PARTS, "content_type": "multipart/form-data; boundary=x"}, "invalid_input"),
    ],
)
def test_a_malformed_picture_call(house: House, settings: dict[str, Any], code: str) -> None:
    answer = house.call("POST", "pictures", house.token(), **settings)
    assert body_of(answer)["code"] == code
    assert 400 <= answer.status_code < 500


def test_a_scan_needs_its_key(house: House) -> None:
    client = house.platform.test_client(use_cookies=False)
    headers = {"Authorization": f"Bearer {house.token()}"}
    answer = client.post(SCANS, base_url=BASE, json={"terminal_id": GATE, "code": "x"}, headers=headers)
    assert (answer.status_code, body_of(answer)["code"]) == (400, "idempotency_key_missing")
