"""One web process: waitress on the shared socket, until a stop signal comes."""

import logging
import os
import time
from collections.abc import Callable, Iterable
from socket import socket
from threading import Thread
from typing import Any, cast
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import BaseWSGIServer, create_server
from werkzeug.wsgi import ClosingIterator

from minzhengtong.run.forking import Job
from minzhengtong.run.heartbeat import Heartbeat
from minzhengtong.run.listener import raise_file_limit
from minzhengtong.run.stopping import StopFlag

MOST_CONNECTIONS = 4_096
KEPT_SECONDS = 75
"""Longer than clients and proxies (nginx: 60 s) keep an idle connection. If the server closed it first, that
might happen while a request is on its way."""
MOST_BODY_BYTES = 32 * 1024 * 1024
"""waitress reads a body before it calls the app, to disk if it is above 512 KB. The app refuses more than
7 MB by a page of its own, waitress more than this in plain text."""
TICK_SECONDS = 0.05
CLOSING_SECONDS = 1.0
"""How long kept connections get to be used once more and so closed by an answer that says it."""
FINISH_SECONDS = 4.0
"""How long requests that were begun may take to end; the supervisor kills after 5 s."""


def web_job(
    app: WSGIApplication,
    listener: socket,
    *,
    threads: int,
    scheme: str = "http",
    at_end: Callable[[], None] = lambda: None,
) -> Job:
    """The job of one web process; `at_end` is called in a process that ends as it should.

    `scheme` is that of the public URL: no header of a proxy is believed.
    """
    heartbeat = Heartbeat()

    def run() -> None:
        WebProcess(app, listener, threads=threads, scheme=scheme).run(heartbeat.beat)
        at_end()

    return Job("mzt-web", run, heartbeat)


class RequestParser(HTTPRequestParser):
    """waitress's parser, without two faults: a request that was left open and one that was not answered."""

    def received(self, data: bytes) -> int:
        """Ask for no body after the whole request has come: the channel would wait for one without end."""
        consumed: int = super().received(data)
        if self.completed:
            self.expect_continue = False
        return consumed

    def parse_header(self, header_plus: bytes) -> None:
        """Refuse by a 400 what urllib refuses, such as `http://[::1/`: a ValueError closes the connection."""
        try:
            super().parse_header(header_plus)
        except ValueError as error:
            raise ParsingError("Request is invalid") from error


class Channel(HTTPChannel):
    """A connection whose requests `RequestParser` reads."""

    parser_class = RequestParser


class WebProcess:
    """Serves an app by a fixed number of threads; a slow client costs a connection and no thread."""

    def __init__(self, app: WSGIApplication, listener: socket, *, threads: int, scheme: str) -> None:
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it warns of each request that waits
        self._app, self._listener = app, listener
        self._is_ending = False
        self._open: dict[int, Any] = {}
        self._server = create_server(
            self._answer,
            map=self._open,
            sockets=[listener],
            threads=threads,
            url_scheme=scheme,
            asyncore_use_poll=True,  # select() takes no file above 1,024
            connection_limit=min(MOST_CONNECTIONS, raise_file_limit() // 2),
            channel_timeout=KEPT_SECONDS,
            max_request_body_size=MOST_BODY_BYTES,
            clear_untrusted_proxy_headers=False,  # `foreign_hosts` looks whether they came
            log_socket_errors=False,
            ident="",
        )
        cast("BaseWSGIServer", self._server).channel_class = Channel  # the other kind is for several sockets

    def run(self, beat: Callable[[], None]) -> None:
        """Serve until a stop signal comes; call `beat` twenty times a second."""
        os.register_at_fork(after_in_child=self._let_go)
        stopping, loop = StopFlag(), Thread(target=self._server.run, daemon=True)
        loop.start()
        while loop.is_alive() and not stopping():
            beat()
            time.sleep(TICK_SECONDS)
        self._end()

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return (self._last_answer if self._is_ending else self._app)(environ, start_response)

    def _last_answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """An answer after which the connection is closed: waitress says so if the length is not known."""

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            unmeasured = [row for row in headers if row[0].lower() != "content-length"]
            return start_response(status, unmeasured, *rest)

        return ClosingIterator(self._app(environ, start))  # has no len(), which would tell the length as well

    def _let_go(self) -> None:
        """Close every socket in a child that a mini-app forks: it would keep the port after a restart."""
        for one in tuple(self._open.values()):  # the listener, and a channel for each connection
            if one.socket:
                one.socket.close()

    def _end(self) -> None:
        """Accept no more connections; wait for the open ones to be closed, or at least for their requests."""
        self._is_ending = True
        del self._open[self._listener.fileno()]
        self._listener.close()  # a restart may listen again at once
        began = time.monotonic()
        while channels := [one for one in tuple(self._open.values()) if isinstance(one, HTTPChannel)]:
            waited = time.monotonic() - began
            is_busy = any(channel.requests or channel.total_outbufs_len for channel in channels)
            if waited > (FINISH_SECONDS if is_busy else CLOSING_SECONDS):
                return
            time.sleep(TICK_SECONDS)
