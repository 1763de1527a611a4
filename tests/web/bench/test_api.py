"""The bench's API: who may call it, what it answers, and how it refuses what is malformed."""

import json
from base64 import b64encode
from io import BytesIO
from typing import Any

import pytest
from werkzeug.test import TestResponse

from minzhengtong.bench.client import CLIENT_ID
from minzhengtong.codes import read
from minzhengtong.codes.draw import draw_png
from tests.world.browser import Browser
from tests.world.caller import Caller, fresh_key
from tests.world.facts import GATE, PLATFORM
from tests.world.world import World

SCANS = "/api/v1/bench/scans"


def body_of(answer: TestResponse) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.data)
    return found


def call(program: Caller, method: str, name: str, **settings: Any) -> TestResponse:
    """Call the bench's API, with a fresh idempotency key if `headers` has none."""
    headers = fresh_key() | settings.pop("headers", {})
    return program.call(method, f"/api/v1/bench/{name}", headers=headers, **settings)


def test_terminals_of_all_apps(program: Caller) -> None:
    found = body_of(call(program, "GET", "terminals"))["terminals"]
    assert {terminal["id"] for terminal in found} == {GATE, "fuzhou-clinic-desk"}
    assert found[0].keys() == {
        "id", "name", "name_en", "region", "kind", "app_id", "app_name", "app_name_en",
    }  # fmt: skip


def test_a_picture_in_json_is_scanned_once(house: World, program: Caller) -> None:
    body = {"terminal_id": GATE, "picture": b64encode(draw_png(house.show().text)).decode()}
    headers = {"Idempotency-Key": "one"}
    first = call(program, "POST", "scans", json=body, headers=headers)
    assert (first.status_code, body_of(first)["verdict"], body_of(first)["steps"][0]["outcome"]) == (
        201,
        "pass",
        "ok",
    )
    assert call(program, "POST", "scans", json=body, headers=headers).data == first.data
    other = call(program, "POST", "scans", json=body | {"terminal_id": "x"}, headers=headers)
    assert (other.status_code, body_of(other)["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("kind", ["image/png", "multipart/form-data"])
def test_a_picture_is_read_and_nothing_spent(house: World, program: Caller, kind: str) -> None:
    code = house.show().text
    picture = draw_png(code)
    data: Any = {"picture": (BytesIO(picture), "c.png")} if kind.startswith("multi") else picture
    answer = call(program, "POST", "pictures", data=data, content_type=kind)
    assert answer.json == {"text": code, "reason": None, "expected": None, "received": None}
    scanned = call(program, "POST", "scans", json={"terminal_id": GATE, "code": code})
    assert body_of(scanned)["verdict"] == "pass"


def test_a_tester_calls_with_her_session_and_form_token(house: World, qiu: Browser) -> None:
    body = {"terminal_id": GATE, "code": house.show().text}
    headers = {"Idempotency-Key": "k"}
    bare = qiu.http.post(SCANS, base_url=PLATFORM, json=body, headers=headers)
    assert (bare.status_code, body_of(bare)["code"]) == (400, "csrf_failed")
    answer = qiu.http.post(SCANS, base_url=PLATFORM, json=body, headers=headers | {"X-CSRFToken": qiu.csrf})
    assert (answer.status_code, body_of(answer)["verdict"]) == (201, "pass")
    frame = qiu.http.post(
        "/api/v1/bench/pictures",
        base_url=PLATFORM,
        data=b"\xff\xd8\xff\xe0",
        content_type="image/jpeg",
        headers={"X-CSRFToken": qiu.csrf},
    )
    assert (frame.status_code, body_of(frame)["reason"]) == (200, "picture_unreadable")


@pytest.mark.parametrize(("method", "name"), [("GET", "terminals"), ("POST", "scans"), ("POST", "pictures")])
def test_other_callers_are_refused(house: World, method: str, name: str) -> None:
    lin, stranger = house.person("lin"), house.browser()
    settings: dict[str, Any] = {"method": method, "base_url": PLATFORM}
    if method == "POST":
        settings |= {"json": {}, "headers": {"X-CSRFToken": lin.csrf}}
    assert lin.http.open(f"/api/v1/bench/{name}", **settings).status_code == 403
    assert stranger.http.open(f"/api/v1/bench/{name}", **settings).status_code == 401
    assert call(Caller(house.platform, "no-such-token"), method, name, json={}).status_code == 401
    narrow = call(house.caller(CLIENT_ID, "ledger.read"), method, name, json={})
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
def test_a_malformed_scan(program: Caller, body: dict[str, object], status: int, code: str) -> None:
    answer = call(program, "POST", "scans", json=body)
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
def test_a_malformed_picture_call(program: Caller, settings: dict[str, Any], code: str) -> None:
    answer = call(program, "POST", "pictures", **settings)
    assert body_of(answer)["code"] == code
    assert 400 <= answer.status_code < 500


def test_a_scan_needs_its_key(program: Caller) -> None:
    answer = program.call("POST", SCANS, json={"terminal_id": GATE, "code": "x"})
    assert (answer.status_code, body_of(answer)["code"]) == (400, "idempotency_key_missing")


def test_a_picture_waits_for_another_one_and_then_is_refused(
    program: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "WAIT_SECONDS", 0.01)
    with read.only_one():
        answer = call(program, "POST", "pictures", data=b"x", content_type="image/png")
    assert (answer.status_code, body_of(answer)["code"]) == (429, "pictures_busy")
    assert answer.headers["Retry-After"] == "1"
    free = call(program, "POST", "pictures", data=b"x", content_type="image/png")
    assert body_of(free)["reason"] == "picture_unreadable"
