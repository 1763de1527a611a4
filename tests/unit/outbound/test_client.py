"""Calls to registered addresses: each goes to the address that was checked."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import httpx2
import pytest

from minzhengtong.base.settings import Settings
from minzhengtong.outbound.client import post_form
from minzhengtong.outbound.reach import AddressRefused, Reach

REACH = Reach.of(Settings.from_env({}))


class Door(BaseHTTPRequestHandler):
    """Keeps the host and the body of each call, and points elsewhere."""

    got: ClassVar[list[tuple[str, bytes]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((self.headers["Host"], body))
        self.send_response(307)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    Door.got = []
    server = HTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_redirect_is_an_answer_and_no_proxy_is_asked(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert post_form(REACH, f"http://127.0.0.1:{port}/x", {"a": "林"}) == 307
    assert Door.got == [(f"127.0.0.1:{port}", b"a=%E6%9E%97")]


def test_a_name_is_resolved_once_and_called_at_the_address_that_was_checked(port: int) -> None:
    answers = iter((["127.0.0.1"], ["169.254.169.254"]))
    assert post_form(REACH, f"http://kiosk.example:{port}/x", {}, resolve=lambda *_: next(answers)) == 307
    assert Door.got == [(f"kiosk.example:{port}", b"")]
    assert next(answers) == ["169.254.169.254"]


def test_the_next_address_of_a_name_is_called_if_nothing_listens_at_the_first(port: int) -> None:
    addresses = ["127.0.0.2", "127.0.0.1"]
    assert post_form(REACH, f"http://kiosk.example:{port}/x", {}, resolve=lambda *_: addresses) == 307


@pytest.mark.parametrize(
    "addresses", [["169.254.169.254"], ["127.0.0.1", "10.0.0.1"], ["::ffff:127.0.0.1"], []]
)
def test_a_name_with_an_address_that_may_not_be_called_gets_no_connection(
    port: int, addresses: list[str]
) -> None:
    with pytest.raises(AddressRefused):
        post_form(REACH, f"http://kiosk.example:{port}/x", {}, resolve=lambda *_: addresses)
    assert Door.got == []


@pytest.mark.parametrize("spelling", ["localhost", "LOCALHOST", "transit.localhost", "127.0.0.1", "[::1]"])
def test_the_platforms_own_port_is_refused_in_every_spelling(spelling: str) -> None:
    with pytest.raises(AddressRefused):
        post_form(REACH, f"http://{spelling}:8000/api/v1/scans", {})


def test_only_http_is_spoken() -> None:
    with pytest.raises(httpx2.UnsupportedProtocol):
        post_form(REACH, "ftp://127.0.0.1/x", {})
