"""Sends a scanned code to the terminal's app, which then scans and charges through the API."""

from dataclasses import dataclass
from typing import Any

import httpx2

from minzhengtong.hosting.apps import AppDown, HostedApps
from minzhengtong.oidc.tokens import sign_event
from minzhengtong.registry.terminals import Terminal
from minzhengtong.runtime import Runtime

EVENTS = "/.mzt/events"
MIMETYPE = "application/mzt-event+jwt"
MAX_SCREEN = 200
"""Characters of `screen`; more do not fit on a terminal."""
_EXPECTED = "an answer from the app's handler"


@dataclass(frozen=True, slots=True)
class AppAnswer:
    """The app's scan and what its terminal shows, or the problem that stopped it."""

    scan: dict[str, Any] | None
    screen: str
    problem: dict[str, str] | None


def has_handler(hosted: HostedApps, terminal: Terminal) -> bool:
    """Whether the terminal's app is hosted and has a handler for such scans; True if it is off."""
    if not hosted.is_hosted(terminal.app_id):
        return False
    try:
        return hosted.app_of(terminal.app_id).handles(terminal.kind)
    except AppDown:
        return True


def ask_handler(
    runtime: Runtime,
    hosted: HostedApps,
    terminal: Terminal,
    code: str,
    idempotency_key: str,
    *,
    language: str = "zh",
) -> AppAnswer:
    """Send the scanned code to the terminal's app as a signed event. No transaction may be open.

    `language` is that of the terminal's screen: zh or en. A second call with the same key returns the same
    scan and charges nothing.
    """
    payload = {"terminal_id": terminal.id, "terminal_kind": terminal.kind}
    payload |= {"code": code, "idempotency_key": idempotency_key}
    with runtime.db.read() as conn:
        keys = runtime.keyring.current(conn)
    now, issuer = runtime.clock.now(), runtime.settings.public_url
    event = sign_event(keys, issuer, terminal.app_id, "scan", payload, now)
    try:
        with hosted.client(terminal.app_id) as http:
            url = hosted.app_of(terminal.app_id).link.origin + EVENTS
            headers = {"Content-Type": MIMETYPE, "Accept-Language": language}
            response = http.post(url, content=event, headers=headers)
    except AppDown as error:
        return _problem("app_down", "a running app behind the terminal", error.reason)
    return _read(response)


def _read(response: httpx2.Response) -> AppAnswer:
    received = f"{response.status_code} without JSON; the app's log says why"
    try:
        body = response.json() if response.headers.get("Content-Type") == "application/json" else None
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return _problem("app_failed", _EXPECTED, received)
    if response.status_code != 200:
        facts = {name: str(body.get(name, ""))[:200] for name in ("expected", "received")}
        return _problem(str(body.get("code", "app_failed"))[:60], **facts)
    scan, screen = body.get("scan"), body.get("screen")
    if not isinstance(scan, dict) or not isinstance(screen, str):
        return _problem("app_failed", _EXPECTED, "JSON of another form")
    return AppAnswer(scan, screen[:MAX_SCREEN], None)


def _problem(code: str, expected: str, received: str) -> AppAnswer:
    return AppAnswer(None, "", {"code": code, "expected": expected, "received": received})
