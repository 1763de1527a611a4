"""One web process in a process of its own, with an app that says how it was called."""

import http.client
import signal
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
