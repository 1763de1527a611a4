"""Delivering the outbox: hosted and remote apps, failures, another try."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select, update

from minzhengtong.base.clock import FrozenClock
from minzhengtong.db.database import NestedTransaction
from minzhengtong.events import outbox
from minzhengtong.events.models import outbox_event
from minzhengtong.hosting import deliver
from minzhengtong.hosting.apps import HostedApps
from minzhengtong.hosting.deliver import deliver_due
from minzhengtong.oidc.models import oauth_client
from minzhengtong.outbound import client
from minzhengtong.registration.register import register_remote_app
from minzhengtong.registry.apps import AppState, set_state
from minzhengtong.runtime import Runtime
from minzhengtong.web.platform import create_platform
from tests.faults.cluster import wait_until
from tests.unit.registry.manifests import read, remote

REMOTE, SECOND, TRANSIT = "example.vendor.kiosk1", "example.vendor.kiosk2", "example.fuzhou.transit"
IS_REMOTE = oauth_client.c.client_id == REMOTE


class Door(BaseHTTPRequestHandler):
    """A remote app's logout endpoint: answers what it is told to and keeps what it got."""

    got: ClassVar[list[str]] = []
    status = 200

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.got.append(form["logout_token"][0])
        self.send_response(self.status)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Garbage(BaseRequestHandler):
    """Answers, but not in HTTP."""

    def handle(self) -> None:
        self.request.recv(4096)
        self.request.sendall(b"HTTP/1.1 banana\r\n\r\n")


class Listener(ThreadingTCPServer):
    """One thread for each connection; a test that fails does not wait for them."""

    daemon_threads = True


class Endless(BaseRequestHandler):
    """Takes a logout and never finishes its answer, until the other side leaves."""

    opened: ClassVar[list["Endless"]] = []
    left: ClassVar[list["Endless"]] = []

    def handle(self) -> None:
        self.opened.append(self)
        with suppress(OSError):
            self.answer()
        self.left.append(self)

    def answer(self) -> None:
        raise NotImplementedError


class Silent(Endless):
    def answer(self) -> None:
        while self.request.recv(4096):
            pass


class Dripping(Endless):
    def answer(self) -> None:
        self.request.sendall(b"HTTP/1.1 200 OK\r\nX-Word: ")
        while True:
            self.request.sendall(b"a")
            time.sleep(0.02)


@contextmanager
def serving(httpd: HTTPServer | Listener) -> Iterator[str]:
    """The origin at which it answers."""
    thread = threading.Thread(target=httpd.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{httpd.server_address[1]}"
    finally:
        httpd.shutdown()
        thread.join()
        httpd.server_close()


def record(runtime: Runtime, origin: str, number: int = 1) -> None:
    with runtime.db.write() as conn:
        register_remote_app(conn, runtime.clock.now(), runtime.settings, read(remote(origin, number)))


@pytest.fixture
def door(runtime: Runtime) -> Iterator[type[Door]]:
    Door.got, Door.status = [], 200
    with serving(HTTPServer(("127.0.0.1", 0), Door)) as origin:
        record(runtime, origin)
        yield Door


@pytest.fixture
def hosted(runtime: Runtime) -> HostedApps:
    return HostedApps(runtime, create_platform(runtime))


def put(runtime: Runtime, *clients: str) -> None:
    with runtime.db.write() as conn:
        for client_id in clients:
            outbox.put(conn, runtime.clock.now(), "logout", client_id, {"sub": "s", "sid": "x"})


def errors(runtime: Runtime) -> list[str | None]:
    """What is left to deliver, and why."""
    with runtime.db.read() as conn:
        rows = conn.execute(select(outbox_event).where(outbox_event.c.delivered_at.is_(None))).all()
    return [row.last_error for row in rows]


def test_hosted_and_remote_apps_get_their_events(
    runtime: Runtime, hosted: HostedApps, door: type[Door]
) -> None:
    put(runtime, TRANSIT, REMOTE)
    assert deliver_due(hosted) == 2
    assert errors(runtime) == []
    assert [text.count(".") for text in door.got] == [2]
    assert deliver_due(hosted) == 0


@pytest.mark.parametrize("status", [400, 500, 302])
def test_a_failed_event_is_tried_again_with_a_new_token(
    runtime: Runtime, hosted: HostedApps, door: type[Door], clock: FrozenClock, status: int
) -> None:
    door.status = status
    put(runtime, REMOTE)
    assert deliver_due(hosted) == 0
    assert errors(runtime) == [f"answered {status}"]
    door.status = 200
    assert deliver_due(hosted) == 0
    clock.advance(6)
    assert deliver_due(hosted) == 1
    assert len(set(door.got)) == 2


def test_an_app_that_does_not_answer_does_not_delay_the_others(runtime: Runtime, hosted: HostedApps) -> None:
    record(runtime, "http://127.0.0.1:9")
    put(runtime, REMOTE, "nobody", TRANSIT)
    assert deliver_due(hosted) == 1
    assert sorted(str(error).partition(":")[0] for error in errors(runtime)) == [
        "ConnectError",
        "the client is gone or takes no logout",
    ]


@pytest.mark.parametrize("handler", [Silent, Dripping])
def test_an_endless_answer_delays_the_others_by_one_timeout(
    runtime: Runtime,
    hosted: HostedApps,
    door: type[Door],
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
    handler: type[Endless],
) -> None:
    monkeypatch.setattr(client, "TIMEOUT_SECONDS", 0.3)
    Endless.opened.clear()
    Endless.left.clear()
    with serving(Listener(("127.0.0.1", 0), handler)) as origin:
        record(runtime, origin, 2)
        put(runtime, *[SECOND] * 20, REMOTE)
        began = time.monotonic()
        assert deliver_due(hosted) == 1
        assert time.monotonic() - began < 3  # not 20 times 0.3 s
        assert len(door.got) == len(Endless.opened) == 1
        assert len(errors(runtime)) == 20
        assert {str(error).partition(":")[0] for error in errors(runtime)} <= {"TooSlow", "ReadTimeout"}
        assert deliver_due(hosted) == 0
        assert len(Endless.opened) == 1  # all of them wait for the next attempt
        for wait in outbox.RETRY_SECONDS:
            clock.advance(wait)
            deliver_due(hosted)
        assert len(Endless.opened) == 6
        clock.advance(1_000_000)
        deliver_due(hosted)
        assert len(Endless.opened) == 6  # given up, all of them
        wait_until(lambda: len(Endless.left) == 6, "no connection is left behind")


def test_a_slow_app_is_passed_over_until_the_next_round(
    runtime: Runtime, hosted: HostedApps, door: type[Door], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "SLOW_SECONDS", 0.0)
    put(runtime, REMOTE, REMOTE, REMOTE)
    assert [deliver_due(hosted) for _ in range(4)] == [1, 1, 1, 0]


@pytest.mark.parametrize(
    ("uri", "error"),
    [
        (f"http://{'a' * 64}.example:9/", "Unicode"),  # ...Error; from 3.13 on ...EncodeError
        ("http://[::1/", "InvalidURL"),
        ("gopher://127.0.0.1/", "UnsupportedProtocol"),
        ("http://169.254.169.254/latest/", "AddressRefused"),
        ("http://localhost:8000/oauth/logout", "AddressRefused"),
        ("https://{door}/", "ConnectError"),
        ("http://{garbage}/", "RemoteProtocolError"),
    ],
)
def test_every_bad_address_ends_as_a_failure(
    runtime: Runtime, hosted: HostedApps, door: type[Door], uri: str, error: str
) -> None:
    put(runtime, REMOTE, TRANSIT)
    with serving(Listener(("127.0.0.1", 0), Garbage)) as origin:
        with runtime.db.write() as conn:
            known = conn.execute(select(oauth_client.c.backchannel_logout_uri).where(IS_REMOTE)).scalar_one()
            places = {"door": urlsplit(known).netloc, "garbage": urlsplit(origin).netloc}
            address = uri.replace("{door}", places["door"]).replace("{garbage}", places["garbage"])
            conn.execute(update(oauth_client).where(IS_REMOTE).values(backchannel_logout_uri=address))
        assert deliver_due(hosted) == 1
    (failure,) = errors(runtime)
    assert str(failure).startswith(error)


def test_an_event_with_a_bad_payload_fails_alone(
    runtime: Runtime, hosted: HostedApps, door: type[Door]
) -> None:
    with runtime.db.write() as conn:
        outbox.put(conn, runtime.clock.now(), "logout", REMOTE, {})
    put(runtime, REMOTE)
    assert deliver_due(hosted) + deliver_due(hosted) == 1
    assert errors(runtime) == ["KeyError: 'sub'"]


def test_an_event_of_an_unknown_kind_is_given_up_at_once(
    runtime: Runtime, hosted: HostedApps, door: type[Door], clock: FrozenClock
) -> None:
    with runtime.db.write() as conn:
        outbox.put(conn, clock.now(), "case.submitted", REMOTE, {})
    put(runtime, REMOTE)
    assert deliver_due(hosted) + deliver_due(hosted) == 1
    assert errors(runtime) == ["no room has events of the kind 'case.submitted'"]
    clock.advance(1_000_000)
    with runtime.db.read() as conn:
        assert not outbox.is_due(conn, clock.now())


def test_an_event_that_kills_its_deliverers_is_given_up(
    runtime: Runtime, hosted: HostedApps, door: type[Door], clock: FrozenClock
) -> None:
    put(runtime, REMOTE)
    for _ in range(6):
        with runtime.db.write() as conn:
            assert outbox.claim(conn, clock.now())
        clock.advance(outbox.LEASE_SECONDS)
    assert deliver_due(hosted) == 0
    assert errors(runtime) == ["every process that tried to deliver it died"]
    clock.advance(1_000_000)
    assert deliver_due(hosted) == 0
    assert door.got == []


def test_a_suspended_app_gets_its_events(
    runtime: Runtime, hosted: HostedApps, door: type[Door], clock: FrozenClock
) -> None:
    def set_both(state: AppState) -> None:
        with runtime.db.write() as conn:
            for app_id in (REMOTE, TRANSIT):
                set_state(conn, clock.now(), app_id, state, "under review")

    set_both(AppState.SUSPENDED)
    put(runtime, REMOTE, TRANSIT)
    assert deliver_due(hosted) == 1
    assert len(door.got) == 1
    assert errors(runtime) == ["AppDown: under review"]  # a hosted app does not run while it is off
    set_both(AppState.ACTIVE)
    clock.advance(6)
    assert deliver_due(HostedApps(runtime, create_platform(runtime))) == 1


def test_an_inactive_client_gets_its_events(runtime: Runtime, hosted: HostedApps, door: type[Door]) -> None:
    with runtime.db.write() as conn:
        conn.execute(update(oauth_client).values(active=False))
    put(runtime, REMOTE)
    assert deliver_due(hosted) == 1
    assert len(door.got) == 1


def test_nothing_is_delivered_while_a_transaction_is_open(runtime: Runtime, hosted: HostedApps) -> None:
    with runtime.db.read(), pytest.raises(NestedTransaction):
        deliver_due(hosted)
