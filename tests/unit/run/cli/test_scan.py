"""`minzhengtong scan` without a server, and what it prints of an answer. With a server: the journeys."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner, Result

from minzhengtong.run.cli.scan import scan_command

SHOWN = {"type": "medical-insurance", "name": "医保电子凭证", "claim_names": ["name"], "claims": None}
PAID = {"subject": "门诊[挂号]费", "amount_fen": 1000, "reason": None, "receipt_no": "01M8"}
ANSWER = {
    "verdict": "refused",
    "reason": "app_failed",
    "terminal": {"name": "门诊收费窗口"},
    "steps": [{"step": "picture", "outcome": "ok", "reason": None, "expected": None, "received": "[/]"}],
    "scan": {"certificates": [SHOWN], "predicates": [], "payment": PAID},
}


def scan(picture: Path, *more: str) -> Result:
    picture.write_bytes(b"a picture")
    arguments = [str(picture), "--terminal", "gate", "--token", "t", *more]
    return CliRunner(env={"MZT_PORT": "9"}).invoke(scan_command, arguments)


def server_of(status: int, body: bytes) -> HTTPServer:
    """A server that gives one answer to everything."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Keep the test's output clean."""

    return HTTPServer(("127.0.0.1", 0), Answer)


def scan_at(tmp_path: Path, status: int, body: bytes, *more: str) -> Result:
    server = server_of(status, body)
    thread = Thread(target=server.handle_request)
    thread.start()
    result = scan(tmp_path / "c.png", "--url", f"http://127.0.0.1:{server.server_port}", *more)
    thread.join()
    server.server_close()
    return result


def test_a_refusal_that_moved_money_is_told_whole(tmp_path: Path) -> None:
    result = scan_at(tmp_path, 201, json.dumps(ANSWER).encode())
    assert result.exit_code == 1
    for text in ("app_failed", "[/]", "医保电子凭证: name", "门诊[挂号]费 ¥10.00", "01M8"):
        assert text in result.output


def test_json_is_the_answer_itself(tmp_path: Path) -> None:
    result = scan_at(tmp_path, 201, json.dumps(ANSWER | {"verdict": "pass"}).encode(), "--json")
    assert result.exit_code == 0
    assert json.loads(result.output) == ANSWER | {"verdict": "pass"}


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (404, b'{"code": "terminal_unknown", "expected": "e", "received": "r"}', "terminal_unknown"),
        (502, b"<html>", "502, not JSON"),
    ],
)
def test_a_problem_ends_with_2(tmp_path: Path, status: int, body: bytes, said: str) -> None:
    result = scan_at(tmp_path, status, body)
    assert result.exit_code == 2
    assert said in result.output


def test_no_server_ends_with_2(tmp_path: Path) -> None:
    result = scan(tmp_path / "c.png")
    assert result.exit_code == 2
    assert "no answer from http://localhost:9" in result.output


def test_no_picture_ends_with_2(tmp_path: Path) -> None:
    result = CliRunner().invoke(scan_command, [str(tmp_path / "none.png"), "--terminal", "gate"])
    assert result.exit_code == 2
