"""`MiniApp`: a Flask app whose citizens log in through the platform, and which handles scans."""

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

from flask import Flask, g, render_template, request
from flask.typing import ResponseReturnValue
from jinja2 import ChoiceLoader, FileSystemLoader
from werkzeug.exceptions import Forbidden, HTTPException
from werkzeug.local import LocalProxy
from werkzeug.wrappers import Response

from minzhengtong.sdk import events, login
from minzhengtong.sdk.language import Catalogue, current_language, switch_language
from minzhengtong.sdk.link import Link
from minzhengtong.sdk.platform import Platform, PlatformRefused, PlatformUnavailable
from minzhengtong.sdk.sessions import Citizen, Sessions
from minzhengtong.sdk.store import Store, is_away

FUJIAN = timezone(timedelta(hours=8))
MAX_BODY_BYTES = 1024 * 1024
SIGNED_PATHS = (events.PATH, login.BACKCHANNEL_LOGOUT)
"""Calls from the platform: they are signed and carry no Origin."""

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]

log = logging.getLogger(__name__)

current_citizen: Citizen = LocalProxy(lambda: g.citizen)  # type: ignore[assignment]
"""The citizen who is logged in; only inside a view marked `login_required`."""


class MiniApp(Flask):
    """A mini-app. Reads `manifest.json`, `templates/` and `i18n/en.json` beside the module named."""

    store: Store
    """The app's own records, once connected."""

    def __init__(self, import_name: str) -> None:
        super().__init__(import_name)
        folder = Path(self.root_path)
        self.manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
        mzt, asked = self.manifest["mzt"], self.manifest.get("req_permissions", ())
        self._operator_scope = " ".join(entry["name"] for entry in mzt.get("operator_scopes", ()))
        self._login = login.Login(self, " ".join(("openid", *(entry["name"] for entry in asked))))
        self._events = events.Events(self)
        self._catalogue = Catalogue(folder)
        self.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
        self.jinja_loader = ChoiceLoader(
            [FileSystemLoader(folder / "templates"), FileSystemLoader(Path(__file__).parent / "templates")]
        )
        self.jinja_env.globals.update(_=self.text, lang=current_language, money=format_fen, when=format_time)
        self.jinja_env.globals["asset"] = lambda name: self.link.asset(name)  # macros see no context
        self.before_request(switch_language)
        self.before_request(self._refuse_foreign_forms)
        self.after_request(self._protect)
        for kind in (HTTPException, login.LoginFailed, PlatformUnavailable, PlatformRefused, Exception):
            self.register_error_handler(kind, self._explain)

    def connect(self, link: Link) -> None:
        """Connect the app to a platform: once, before the first request."""
        self.link, self.store = link, Store(link.store, link.now)
        platform, sessions = Platform(link, self._operator_scope), Sessions(self.store)
        self._login.connect(platform, sessions)
        self._events.connect(platform, sessions)

    def login_required(self, acr: int = 1) -> Callable[[View[P]], View[P]]:
        """Admit only a logged-in citizen of this level; others log in first and come back here."""

        def decorate(view: View[P]) -> View[P]:
            @wraps(view)
            def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
                g.citizen = self._login.citizen()
                if g.citizen is None:
                    return self._login.begin()
                if g.citizen.acr < acr:
                    return self._page(403, "level_too_low", level=acr)
                return view(*args, **kwargs)

            return guarded

        return decorate

    def on_scan(self, terminal_kind: str) -> Callable[[events.ScanHandler], events.ScanHandler]:
        """Call the function when a code passed at a terminal of this kind."""

        def decorate(handler: events.ScanHandler) -> events.ScanHandler:
            self._events.handlers[terminal_kind] = handler
            return handler

        return decorate

    def handles(self, terminal_kind: str) -> bool:
        """Whether the app has a handler for scans at a terminal of this kind."""
        return terminal_kind in self._events.handlers

    def render(self, template: str, **context: Any) -> str:
        """Render one of the app's templates, which also sees `citizen`, `app_name` and `platform_url`."""
        return render_template(template, **self._frame() | context)

    def text(self, chinese: str, **values: object) -> str:
        """A text in the language of this request, with `{name}` filled in."""
        return self._catalogue.text(chinese, **values)

    def _frame(self) -> dict[str, Any]:
        name = self.manifest["name_en" if current_language() == "en" else "name"]
        return {"app_name": name, "platform_url": self.link.platform_url, "citizen": g.get("citizen")}

    def _refuse_foreign_forms(self) -> None:
        """Browsers send the origin of a form: refuse one of another site (cross-site request forgery)."""
        if request.method in ("GET", "HEAD", "OPTIONS") or request.path in SIGNED_PATHS:
            return
        if request.headers.get("Origin") != self.link.origin:
            raise Forbidden("a form of another site")

    def _protect(self, response: Response) -> Response:
        headers = response.headers
        # form-action: a form sent after the session ended is redirected to the platform's login.
        headers.setdefault(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            f"connect-src 'self'; base-uri 'none'; form-action 'self' {self.link.platform_url}; "
            "frame-ancestors 'none'",
        )
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cache-Control", "no-store")
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        return response

    def _explain(self, error: Exception) -> ResponseReturnValue:
        """A page for every error of this app; an unexpected one is logged with its traceback."""
        if isinstance(error, HTTPException):
            if error.code is None or error.code < 400:
                return error
            return self._page(error.code, f"http_{error.code}")
        if isinstance(error, login.LoginFailed):
            log.info("%s: %s", self.name, error)
            return self._page(400, error.code)
        if code := _temporary(error):
            log.error("%s: %s: %s", self.name, code, error)
            return *self._page(503, code), {"Retry-After": "2"}
        log.error("%s: unexpected error on %s %s", self.name, request.method, request.path, exc_info=error)
        return self._page(500, "internal")

    def _page(self, status: int, code: str, **values: object) -> tuple[str, int]:
        context = self._frame() | {"status": status, "code": code, **values}
        return render_template("sdk/message.html", **context), status


def _temporary(error: Exception) -> str:
    """The code of a temporary fault; empty for a mistake of the app's."""
    if isinstance(error, PlatformUnavailable):
        return "platform_unavailable"
    return "store_unavailable" if is_away(error) else ""


def format_time(at: datetime) -> str:
    """Write a time as clocks in Fujian show it: `2026-11-20 12:00`."""
    return at.astimezone(FUJIAN).strftime("%Y-%m-%d %H:%M")


def format_fen(amount_fen: int) -> str:
    """Write integer fen as people read it: 200 → `¥2.00`."""
    return f"¥{amount_fen // 100:,}.{amount_fen % 100:02d}"
