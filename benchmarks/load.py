"""Loads a server from several processes over kept connections; reads of an answer only what a task asks."""

import multiprocessing
import re
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

CLIENTS = 8

Job = TypeVar("Job")
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
_forked = multiprocessing.get_context("fork")  # the jobs are inherited, not pickled


class Answer(NamedTuple):
    """One HTTP answer as it came."""

    status: int
    head: str
    body: bytes


class Wire:
    """One kept connection. A client library would cost more than the servers it measures."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> Answer:
        """Send a request and wait for its answer. Raises: ConnectionError."""
        self._socket.sendall(request)
        data = b""
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        found = _LENGTH.search(data, 0, end)
        length = int(found[1]) if found else 0
        while len(data) < end + 4 + length:
            data += self._more()
        return Answer(int(data[9:12]), data[:end].decode("latin-1"), data[end + 4 :])

    def _more(self) -> bytes:
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data


def request(method: str, target: str, port: int, headers: str = "", body: str = "") -> bytes:
    """The bytes of an HTTP/1.1 request; `headers` are whole lines, each ended by CRLF."""
    data = body.encode()
    length = f"Content-Length: {len(data)}\r\n" if data else ""
    return f"{method} {target} HTTP/1.1\r\nHost: localhost:{port}\r\n{headers}{length}\r\n".encode() + data


def drive(port: int, task: Callable[[Wire, Job], None], jobs: Sequence[Job]) -> float:
    """Do every job once, by the next free client; return the seconds from the first start to the last end.

    Raises: RuntimeError when a task raised.
    """
    following, ready, times = _forked.Value("i", 0), _forked.Barrier(CLIENTS), _forked.SimpleQueue()
    shared = (port, task, jobs, following, ready, times)
    workers = [_forked.Process(target=_client, args=shared) for _ in range(CLIENTS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if any(worker.exitcode for worker in workers):
        raise RuntimeError("a client of the benchmark failed")
    spans = [times.get() for _ in workers]
    return float(max(end for _, end in spans) - min(start for start, _ in spans))


def _client(
    port: int, task: Callable[[Wire, Job], None], jobs: Sequence[Job], following: Any, ready: Any, times: Any
) -> None:
    wire = Wire(port)
    ready.wait(30)
    start = time.monotonic()
    while True:
        with following.get_lock():
            number = following.value
            following.value += 1
        if number >= len(jobs):
            break
        task(wire, jobs[number])
    times.put((start, time.monotonic()))
