"""Receives the platform's events at `/.mzt/events`: signed, each accepted once."""

import logging
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, json, request

from minzhengtong.sdk.platform import Platform, PlatformRefused
from minzhengtong.sdk.scan import Scan, ScanRefused
from minzhengtong.sdk.sessions import Sessions
from minzhengtong.sdk.tokens import TokenRefused, verify_event

PATH = "/.mzt/events"
MIMETYPE = "application/mzt-event+jwt"

ScanHandler = Callable[[Scan], str | None]
"""Returns the text for the terminal's screen; `MiniApp.text` gives it in the screen's language."""

log = logging.getLogger(__name__)


class Events:
    """The app's handlers of scans, by the kind of terminal, and the endpoint that calls them."""

    def __init__(self, app: Flask) -> None:
        self.handlers: dict[str, ScanHandler] = {}
        app.add_url_rule(PATH, "mzt.events", self._receive, methods=["POST"])

    def connect(self, platform: Platform, sessions: Sessions) -> None:
        self._platform, self._sessions = platform, sessions

    def _receive(self) -> Response:
        try:
            event = verify_event(self._platform, request.get_data(as_text=True))
        except TokenRefused as error:
            log.warning("event refused: %s", error)
            return _answer(400, {"code": "event_refused"})
        if not self._sessions.see(f"event {event['jti']}"):
            return _answer(400, {"code": "event_replayed"})
        handler = self.handlers.get(event["payload"].get("terminal_kind", ""))
        if event["kind"] != "scan" or handler is None:
            return _answer(404, {"code": "no_handler"})
        try:
            return _answer(200, self._scan(handler, event["payload"]))
        except PlatformRefused as error:
            log.warning("the platform refused the app: %s", error)
            facts = {"code": error.code, "expected": error.expected, "received": error.received}
            return _answer(error.status, facts)

    def _scan(self, handler: ScanHandler, payload: dict[str, str]) -> dict[str, Any]:
        """Scan the code with the terminal's `wants` from the manifest, then call the handler."""
        key, body = payload["idempotency_key"], {name: payload[name] for name in ("code", "terminal_id")}
        answer = self._platform.post("/api/v1/scans", body, idempotency_key=key)
        if answer["verdict"] != "pass":
            return {"scan": answer, "screen": ""}
        scan = Scan(self._platform, answer, key=key)
        try:
            screen = handler(scan) or ""
        except ScanRefused:
            screen = ""
        return {"scan": scan.answer, "screen": screen}


def _answer(status: int, body: dict[str, Any]) -> Response:
    return Response(json.dumps(body), status, mimetype="application/json")
