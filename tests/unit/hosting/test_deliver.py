"""Delivering the outbox: hosted and remote apps, failures, another try."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar
from urllib.parse import parse_qs

import pytest
from sqlalchemy import select, update

from minzhengtong.core import outbox
from minzhengtong.core.clock import FrozenClock
from minzhengtong.core.db import NestedTransaction
from minzhengtong.core.outbox import outbox_event
from minzhengtong.core.runtime import Runtime
from minzhengtong.hosting.apps import HostedApps
from minzhengtong.hosting.deliver import deliver_due
from minzhengtong.hosting.record import record_remote_app
from minzhengtong.oidc.models import oauth_client
from minzhengtong.registry.apps import AppState, set_state
from minzhengtong.web.platform import create_platform
from tests.unit.registry.manifests import read, remote

REMOTE, TRANSIT = "example.vendor.kiosk1", "example.fuzhou.transit"


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


@pytest.fixture
def door(runtime: Runtime) -> Iterator[type[Door]]:
    Door.got, Door.status = [], 200
    httpd = HTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=httpd.serve_forever)
    thread.start()
    origin = f"http://127.0.0.1:{httpd.server_address[1]}"
    with runtime.db.transaction() as conn:
        url = runtime.settings.public_url
        record_remote_app(conn, runtime.clock.now(), read(remote(origin)), public_url=url)
    yield Door
    httpd.shutdown()
    thread.join()
    httpd.server_close()


@pytest.fixture
def hosted(runtime: Runtime) -> HostedApps:
    return HostedApps(runtime, create_platform(runtime))


def put(runtime: Runtime, *clients: str) -> None:
    with runtime.db.transaction() as conn:
        for client_id in clients:
            outbox.put(conn, runtime.clock.now(), "logout", client_id, {"sub": "s", "sid": "x"})


def errors(runtime: Runtime) -> list[str | None]:
    """What is left to deliver, and why."""
    with runtime.db.reading() as conn:
        rows = conn.execute(select(outbox_event).where(outbox_event.c.delivered_at.is_(None))).all()
    return [row.last_error for row in rows]


def test_hosted_and_remote_apps_are_told_alike(
    runtime: Runtime, hosted: HostedApps, door: type[Door]
) -> None:
    put(runtime, TRANSIT, REMOTE)
    assert deliver_due(hosted) == 2
    assert errors(runtime) == []
    assert [text.count(".") for text in door.got] == [2]
    assert deliver_due(hosted) == 0


@pytest.mark.parametrize("status", [400, 500, 302])
def test_a_failure_is_noted_and_tried_again_with_a_fresh_token(
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


def test_an_app_that_is_away_does_not_keep_the_others_waiting(runtime: Runtime, hosted: HostedApps) -> None:
    with runtime.db.transaction() as conn:
        away, url = read(remote("http://127.0.0.1:9")), runtime.settings.public_url
        record_remote_app(conn, runtime.clock.now(), away, public_url=url)
    put(runtime, REMOTE, "nobody", TRANSIT)
    assert deliver_due(hosted) == 1
    assert sorted(str(error).partition(":")[0] for error in errors(runtime)) == [
        "ConnectError",
        "the client is gone or takes no logout",
    ]


def test_a_suspended_app_is_told_too(
    runtime: Runtime, hosted: HostedApps, door: type[Door], clock: FrozenClock
) -> None:
    def set_both(state: AppState) -> None:
        with runtime.db.transaction() as conn:
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


def test_a_client_that_is_switched_off_is_told_too(
    runtime: Runtime, hosted: HostedApps, door: type[Door]
) -> None:
    with runtime.db.transaction() as conn:
        conn.execute(update(oauth_client).values(active=False))
    put(runtime, REMOTE)
    assert deliver_due(hosted) == 1
    assert len(door.got) == 1


def test_nothing_is_delivered_while_a_transaction_is_open(runtime: Runtime, hosted: HostedApps) -> None:
    with runtime.db.reading(), pytest.raises(NestedTransaction):
        deliver_due(hosted)
