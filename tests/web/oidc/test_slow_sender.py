"""A form that arrives slowly, or never to its end, does not block other writers."""

from concurrent.futures import ThreadPoolExecutor
from io import RawIOBase
from threading import Event
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import create_environ, run_wsgi_app

from minzhengtong.runtime import Runtime

GIVE_UP_SECONDS = 20
LENGTH = 29
FORM = "application/x-www-form-urlencoded"


class Slow(RawIOBase):
    """The body of a form that arrives when `go_on` is set."""

    def __init__(self) -> None:
        self.awaited, self.go_on = Event(), Event()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.awaited.set()
        assert self.go_on.wait(GIVE_UP_SECONDS)
        buffer[:LENGTH] = b"grant_type=client_credentials"
        return LENGTH


@pytest.mark.parametrize("endpoint", ["token", "revoke", "introspect"])
def test_half_a_form_holds_no_transaction(runtime: Runtime, platform: Flask, endpoint: str) -> None:
    slow, url = Slow(), runtime.settings.public_url
    environ = create_environ(f"/oauth/{endpoint}", url, method="POST", content_type=FORM)
    environ |= {"wsgi.input": slow, "CONTENT_LENGTH": str(LENGTH)}

    def send() -> str:
        return run_wsgi_app(platform, environ, buffered=True)[1]

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(send)
        assert slow.awaited.wait(GIVE_UP_SECONDS)
        with runtime.db.write():
            slow.go_on.set()
        assert answer.result(GIVE_UP_SECONDS) == "401 UNAUTHORIZED"
