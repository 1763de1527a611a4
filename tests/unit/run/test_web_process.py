"""How web processes share connections: two of them on one socket, each taking when it is told to."""

import socket
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from gunicorn.config import Config

from minzhengtong.run import web_process
from minzhengtong.run.web_process import WebProcess

PATIENCE_SECONDS = 0.5


class Taking(WebProcess):
    """One that keeps what it takes, and serves nobody."""

    def __init__(self, pid: int, listener: socket.socket) -> None:
        cfg = Config()
        cfg.set("workers", 2)
        super().__init__(1, 0, [listener], None, 30, cfg, None)
        self.pid, self.taken = pid, list[Any]()

    def enqueue_req(self, conn: Any) -> None:
        self.taken.append(conn)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


@pytest.fixture
def pair(listener: socket.socket, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Taking, Taking]]:
    """Two processes, and two callers that wait to be taken."""
    monkeypatch.setattr(web_process, "LEFT_SECONDS", PATIENCE_SECONDS)
    one, two, address = Taking(1, listener), Taking(2, listener), listener.getsockname()
    with socket.create_connection(address), socket.create_connection(address):
        yield one, two
    for process in (one, two):
        process.tmp.close()
        for conn in process.taken:
            conn.close()


def test_who_took_the_last_one_leaves_the_next_to_a_sibling(
    pair: tuple[Taking, Taking], listener: socket.socket
) -> None:
    one, two = pair
    one.accept(listener)
    again = Thread(target=one.accept, args=(listener,))
    again.start()
    two.accept(listener)
    again.join()
    assert (len(one.taken), len(two.taken)) == (1, 1)


def test_what_no_sibling_takes_is_taken_all_the_same(
    pair: tuple[Taking, Taking], listener: socket.socket
) -> None:
    one, _ = pair
    one.accept(listener)
    one.accept(listener)
    assert len(one.taken) == 2
