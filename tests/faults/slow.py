"""Slow clients in large numbers, and people who ask beside them."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Event, Thread

from minzhengtong.run.listener import raise_file_limit
from tests.faults.wire import Wire

TICK_SECONDS = 0.1
PAUSE_SECONDS = 0.02
PEOPLE = 4

Attack = Callable[[int, ExitStack], Iterator[None]]
"""Opens connections to a port, which the stack closes; sends some more at each tick."""


def silent(port: int, stack: ExitStack) -> Iterator[None]:
    """100 that never say a word."""
    _connect(port, stack, 100)
    yield


def dripping_headers(port: int, stack: ExitStack) -> Iterator[None]:
    """20 that send one byte of a header at each tick."""
    yield from _drip(_connect(port, stack, 20, b"GET /login HTTP/1.1\r\nHost: localhost\r\nX-Slow: "))


def dripping_bodies(port: int, stack: ExitStack) -> Iterator[None]:
    """20 that send one byte of a body at each tick."""
    head = b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n"
    yield from _drip(_connect(port, stack, 20, head))


def unclosed(port: int, stack: ExitStack) -> Iterator[None]:
    """One more at each tick that asks for the connection to be closed, and does not close its own side."""
    while True:
        _connect(port, stack, 1, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        yield


def idle(port: int, stack: ExitStack) -> Iterator[None]:
    """2,000 that have been answered once, and keep their connections."""
    kept = _connect(port, stack, 2_000, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    for connection in kept:
        assert connection.recv(4096).startswith(b"HTTP/1.1 200"), "an idle client was not answered"
    yield


ATTACKS: tuple[Attack, ...] = (silent, dripping_headers, dripping_bodies, unclosed, idle)


@contextmanager
def attacked(port: int, *attacks: Attack) -> Iterator[None]:
    """Attack a server until the block ends. Raises: OSError if the server cut a slow client off."""
    raise_file_limit()
    over, faults = Event(), list[OSError]()
    with ExitStack() as stack:
        running = [attack(port, stack) for attack in attacks]
        _tick(running)
        thread = Thread(target=_keep_ticking, args=(running, over, faults))
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
    for fault in faults:
        raise fault


def times_of_others(port: int, seconds: float) -> list[float]:
    """Seconds that each answer took which four people got to `GET /login`, on kept and on new connections.

    Raises: Lost if one got no answer within 30 s.
    """
    times, faults, deadline = list[float](), list[Exception](), time.monotonic() + seconds
    people = [Thread(target=_ask, args=(port, deadline, times, faults)) for _ in range(PEOPLE)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    for fault in faults:
        raise fault
    return times


def _ask(port: int, deadline: float, times: list[float], faults: list[Exception]) -> None:
    try:
        with Wire(port) as kept:
            while time.monotonic() < deadline:
                times.append(_time_of(kept))
                with Wire(port) as fresh:
                    times.append(_time_of(fresh))
                time.sleep(PAUSE_SECONDS)
    except Exception as fault:  # noqa: BLE001  (an exception in a thread would go unseen)
        faults.append(fault)


def _time_of(wire: Wire) -> float:
    began = time.monotonic()
    answer = wire.ask("GET", "/login")
    assert answer.status == 200, answer.text
    return time.monotonic() - began


def _connect(port: int, stack: ExitStack, count: int, first: bytes = b"") -> list[socket.socket]:
    connections = []
    for _ in range(count):
        connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
        connection.sendall(first)
        connections.append(connection)
    return connections


def _drip(connections: list[socket.socket]) -> Iterator[None]:
    while True:
        for connection in connections:
            connection.sendall(b"x")
        yield


def _tick(running: list[Iterator[None]]) -> None:
    for attack in running:
        next(attack, None)


def _keep_ticking(running: list[Iterator[None]], over: Event, faults: list[OSError]) -> None:
    try:
        while not over.wait(TICK_SECONDS):
            _tick(running)
    except OSError as fault:
        faults.append(fault)
