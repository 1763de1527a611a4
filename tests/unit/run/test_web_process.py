"""One web process in a process of its own, with an app that says how it was called."""

import http.client
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.journeys.server import free_port

PROGRAM = """
import sys
import time
from minzhengtong.run.listener import listen
from minzhengtong.run.web_process import web_job

def app(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        print("begun", flush=True)
        time.sleep(0.5)
    body = " ".join((environ["wsgi.url_scheme"], environ["SCRIPT_NAME"], environ["PATH_INFO"])).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]

listener = listen("127.0.0.1", int(sys.argv[1]))
print("listens", flush=True)
web_job(app, listener, threads=2, scheme="https", at_end=lambda: print("ended", flush=True)).run()
"""


class Running:
    """The process and a kept connection to it."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process, self.connection = process, http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def says(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def ask(self, path: str, **headers: str) -> tuple[http.client.HTTPResponse, str]:
        self.connection.request("GET", path, headers=headers)
        answer = self.connection.getresponse()
        return answer, answer.read().decode()

    def send(self, *lines: str) -> bytes:
        """Send these lines as one request without a body; all that comes until the server closes."""
        with socket.create_connection(("127.0.0.1", self.connection.port), timeout=30) as plain:
            plain.sendall("".join(f"{line}\r\n" for line in (*lines, "Connection: close", "")).encode())
            return b"".join(iter(lambda: plain.recv(65536), b""))


@pytest.fixture
def running() -> Iterator[Running]:
    port = free_port()
    command = [sys.executable, "-c", PROGRAM, str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        running = Running(process, port)
        assert running.says() == "listens"
        yield running
        running.connection.close()
        process.kill()


def test_the_scheme_is_the_public_one_and_no_header_is_a_variable(running: Running) -> None:
    headers = {"X-Forwarded-Proto": "http", "X-Forwarded-Prefix": "/evil", "X-Script-Name": "/evil"}
    headers |= dict.fromkeys(("Script-Name", "SCRIPT_NAME", "PATH_INFO", "wsgi.url_scheme"), "/evil")
    for path in ("/page", "//page"):
        answer, text = running.ask(path, **headers)
        assert text == "https  /page"
    assert "Server" not in answer.headers


def test_a_kept_connection_is_closed_by_an_answer_that_says_so(running: Running) -> None:
    assert running.ask("/")[0].headers["Connection"] is None
    running.process.send_signal(signal.SIGTERM)
    answer, text = running.ask("/")
    while answer.headers["Connection"] != "close":
        assert text == "https  /"
        answer, text = running.ask("/")
    assert text == "https  /"
    assert running.says() == "ended"
    assert running.process.wait(30) == 0


def test_a_request_that_was_begun_is_answered_before_the_end(running: Running) -> None:
    running.connection.request("GET", "/slow")
    assert running.says() == "begun"
    running.process.send_signal(signal.SIGTERM)
    assert running.connection.getresponse().read() == b"https  /slow"
    assert running.says() == "ended"


@pytest.mark.parametrize("lines", [["GET /page HTTP/1.1"], ["POST /page HTTP/1.1", "Content-Length: 0"]])
def test_a_request_without_a_body_that_expects_to_continue_is_answered(
    running: Running, lines: list[str]
) -> None:
    answer = running.send(*lines, "Host: localhost", "Expect: 100-continue")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"https  /page")


def test_a_body_is_asked_for_if_the_request_expects_to_continue(running: Running) -> None:
    head = "POST /page HTTP/1.1\r\nContent-Length: 1\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", running.connection.port), timeout=30) as plain:
        plain.sendall(head.encode())
        with plain.makefile("rb") as answer:
            assert answer.readline() == b"HTTP/1.1 100 Continue\r\n"
            plain.sendall(b"x")
            assert answer.read().startswith(b"\r\nHTTP/1.1 200 OK\r\n")


def test_an_unknown_transfer_encoding_is_not_implemented(running: Running) -> None:
    answer = running.send("POST /page HTTP/1.1", "Transfer-Encoding: gzip")
    assert answer.startswith(b"HTTP/1.1 501 Not Implemented\r\n")  # RFC 9112 §6.1


def test_a_request_target_that_is_no_url_is_a_bad_request(running: Running) -> None:
    assert running.send("GET http://[::1/ HTTP/1.1").startswith(b"HTTP/1.1 400 Bad Request\r\n")
